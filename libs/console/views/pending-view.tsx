import type { PendingMessage } from '../conversation/outbox.js';
import { TroubleNote } from './trouble-note.js';
import { UserMessage } from './user-message.js';

interface PendingViewProps {
  readonly message: PendingMessage;
  readonly online: boolean;
  readonly onRetry: (id: string) => void;
  readonly onDiscard: (id: string) => void;
}

/** A message that the gateway has not confirmed yet, or would not take. */
export function PendingView({ message, online, onRetry, onDiscard }: PendingViewProps) {
  return (
    <li className="turn pending" data-state={message.refusal === null ? 'sending' : 'refused'}>
      <UserMessage content={message.content} at={null} />
      {message.refusal === null ? (
        <p className="waiting">{online ? 'Sending' : 'Will be sent when the connection is back'}</p>
      ) : (
        <TroubleNote trouble={message.refusal}>
          {message.refusal.retryable && (
            <button type="button" className="secondary" onClick={() => onRetry(message.id)}>
              Send again
            </button>
          )}
          <button type="button" className="secondary" onClick={() => onDiscard(message.id)}>
            Discard
          </button>
        </TroubleNote>
      )}
    </li>
  );
}
