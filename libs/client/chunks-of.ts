import { UnreachableError } from './problem-error.js';

/** A gateway is never silent for so long: it sends a comment every 15 s, in milliseconds. */
const LONGEST_SILENCE_MS = 60_000;

/**
 * The bytes of a response as they come. Throws `UnreachableError` when it breaks off or nothing comes for a minute, and the reason of `signal`
 * when that was aborted. Who stops reading ends the connection.
 */
export async function* chunksOf(response: Response, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (signal?.aborted === true || error instanceof UnreachableError) throw error;
    throw new UnreachableError('the connection to the gateway broke off', { cause: error });
  } finally {
    // One that broke off says so again.
    reader.cancel().catch(() => undefined);
  }
}

async function inTime<Value>(read: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new UnreachableError('nothing was heard of the gateway for a minute')), LONGEST_SILENCE_MS);
  });
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
  }
}
