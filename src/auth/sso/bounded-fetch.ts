const DEADLINE_MS = 10_000;
const MAX_BYTES = 1_048_576;

/** A provider did not answer, answered with a fault of its own, or with more than anybody would send. */
export class ProviderDownError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`The identity provider ${reason}`, options);
    this.name = 'ProviderDownError';
  }
}

/**
 * Fetches from an identity provider: the whole answer within 10 s and 1 MiB, redirects not followed. Throws `ProviderDownError`
 * when there is no such answer, or one of status 500 and more.
 */
export async function boundedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const answer = fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) });
  const { status, statusText, headers, body } = await reached(answer);
  const bytes = body === null ? null : await reached(readAll(body));
  if (status >= 500) throw new ProviderDownError(`answered with status ${status}`);
  const isEmpty = bytes === null || status === 204 || status === 304;
  return new Response(isEmpty ? null : new Uint8Array(bytes), { status, statusText, headers });
}

async function readAll(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new ProviderDownError('sent too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function reached<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProviderDownError) throw error;
    throw new ProviderDownError('does not answer', { cause: error });
  }
}
