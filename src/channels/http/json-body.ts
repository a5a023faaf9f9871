import { failure, FailureError } from '#libs/contracts';
import { parseJson } from '#libs/channel-sdk';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON body; an empty one is `undefined`. Throws `FailureError` for what `parseJson` refuses and for bytes that are not UTF-8. */
export function readJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const parsed = parseJson(decode(body));
  if (!parsed.ok) throw new FailureError(parsed.failure);
  return parsed.value;
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (error) {
    if (error instanceof TypeError) throw new FailureError(failure('validation_failed', 'The body is not UTF-8.'));
    throw error;
  }
}
