import type { Content } from '#libs/contracts';

const LENGTH = 60;

/** The name of a conversation after its first message: that message's first line, at most 60 characters; null when it has no words. */
export function titleFrom(content: Content): string | null {
  if (typeof content !== 'string') return null;
  const letters = Array.from(content.trim().split('\n')[0] ?? '');
  if (letters.length === 0) return null;
  return letters.length <= LENGTH ? letters.join('') : `${letters.slice(0, LENGTH - 1).join('').trimEnd()}…`;
}
