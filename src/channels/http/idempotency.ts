import { failure, FailureError, type SendMessage } from '#libs/contracts';

const MAX_LENGTH = 128;

/** The message with the id of its `Idempotency-Key` header; throws when the header is unfit or says something else than the body. */
export function withIdempotencyKey(message: SendMessage, header: string | undefined): SendMessage {
  if (header === undefined) return message;
  if (header.length === 0 || header.length > MAX_LENGTH) throw refusal(`Idempotency-Key must have 1 to ${MAX_LENGTH} characters.`);
  if (message.id !== undefined && message.id !== header) throw refusal('Idempotency-Key and id are both given and differ.');
  return { ...message, id: header };
}

function refusal(message: string): FailureError {
  return new FailureError(failure('validation_failed', message, { errors: [{ path: 'id', message }] }));
}
