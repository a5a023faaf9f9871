import type { Content } from '#libs/contracts';
import { OutsideProse } from './outside-prose.js';
import { OutsideText } from './outside-text.js';

/** What a person said. */
export function UserMessage({ content, at }: { content: Content; at: string | null }) {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  return (
    <div className="said" title={at === null ? undefined : new Date(at).toLocaleString()}>
      <span className="visually-hidden">You said:</span>
      {parts.map((part, index) =>
        part.type === 'text' ? (
          <OutsideProse key={index}>{part.text}</OutsideProse>
        ) : (
          <p key={index} className="file">
            <OutsideText>{part.name ?? part.mediaType}</OutsideText>
          </p>
        ),
      )}
    </div>
  );
}
