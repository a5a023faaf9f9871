const TAIL = 8;

/** What a session without a title is called: the end of its id tells it from others. */
export function shortName(id: string): string {
  return `Session …${id.slice(-TAIL)}`;
}
