import type { ControlEvent } from '#libs/contracts';

const SHOWN = 30;

/** What was heard while one looked and what the gateway had kept, as one list: the newest 30, newest first, none twice. */
export function newestEvents(heard: readonly ControlEvent[], kept: readonly ControlEvent[]): ControlEvent[] {
  const bySeq = new Map([...kept, ...heard].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((one, other) => other.seq - one.seq).slice(0, SHOWN);
}
