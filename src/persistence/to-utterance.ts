import type { Content } from '#libs/contracts';
import type { StoredFrame, Utterance } from '#libs/ports';

/** What a `message-accepted` or `turn-completed` event said. */
export function toUtterance(frame: StoredFrame): Utterance {
  const { content }: { content: Content } = JSON.parse(frame.json);
  return { seq: frame.seq, role: frame.type === 'message-accepted' ? 'user' : 'assistant', content };
}
