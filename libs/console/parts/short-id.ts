import { isId } from '#libs/contracts';

const WHOLE_TO = 24;
const HEAD = 5;
const TAIL = 6;
const OURS_TAIL = 8;

/** An id as lists show it: the end of one of ours, the two ends of another that a machine gave; what a person chose stays whole. */
export function shortId(id: string): string {
  if (isId(id)) return `…${id.slice(-OURS_TAIL)}`;
  return id.length <= WHOLE_TO ? id : `${id.slice(0, HEAD)}…${id.slice(-TAIL)}`;
}
