let lastMs = Number.NaN;
let lastText = '';

/** The text in ISO 8601, UTC with milliseconds, of a time in ms since the epoch. Many events are of one millisecond: the last text is kept. */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
