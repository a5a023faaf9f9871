import { channel } from 'node:diagnostics_channel';

/** A transaction of the road that is on disk: how long it took, and how many steps shared it. */
export interface Commit {
  readonly tookMs: number;
  readonly steps: number;
}

const commits = channel('parley:commit');

/** Tells whoever measures about a commit; costs nothing when nobody does. */
export function noteCommit(tookMs: number, steps: number): void {
  if (commits.hasSubscribers) commits.publish({ tookMs, steps } satisfies Commit);
}

/** Hears of every commit of this process. */
export function onCommit(hear: (commit: Commit) => void): void {
  commits.subscribe((message) => hear(message as Commit));
}
