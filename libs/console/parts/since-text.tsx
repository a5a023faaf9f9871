import { duration } from './figures.js';
import { useSecond } from './use-now.js';

/** How long something goes on; grows each second, begin and date under the pointer. */
export function SinceText({ at }: { readonly at: string }) {
  const now = useSecond();
  const begun = new Date(at);
  return (
    <time dateTime={at} title={`since ${begun.toLocaleString()}`}>
      {duration(Math.max(0, now - begun.getTime()))}
    </time>
  );
}
