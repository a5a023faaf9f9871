import type { Summary } from '#libs/contracts';

const REMEMBERED_MS = 3 * 60 * 1000;

/** The summaries of the three minutes before the newest, that one included; those from before a long pause are not among them. */
export function remembered(history: readonly Summary[], newest: Summary): readonly Summary[] {
  const since = Date.parse(newest.at) - REMEMBERED_MS;
  return [...history.filter(({ at }) => at !== newest.at && Date.parse(at) > since), newest];
}
