import { useWatch } from './watch-provider.js';

const WORDS = { connecting: 'Connecting…', open: 'Live', lost: 'Cut off, trying again…', refused: 'Not connected' } as const;

/** Whether what the console shows is of now. */
export function LiveDot() {
  const { connection } = useWatch();
  return (
    <p className="live" data-state={connection} role="status">
      {WORDS[connection]}
    </p>
  );
}
