import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { AnswerBounds } from './answer-bounds.js';

/** As long as `fetch` waits for a connection, so that what cannot be reached is tried again as before. */
const CONNECT_WITHIN_MS = 10_000;
/** Pieces of an answer that may wait for their reader. */
const PIECES_AHEAD = 8;
/** RFC 9110, section 15: these have no body. */
const BODILESS = new Set([204, 205, 304]);
/** RFC 9110, section 15.4: these want the same request elsewhere. */
const POINTS_ELSEWHERE = new Set([307, 308]);
const MAX_HOPS = 5;

interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal | null;
}

/**
 * `fetch` for the providers' libraries, by `node:http` and its warm connections: a call costs less than half, and the first piece of the
 * answer comes sooner. Takes what those send, a POST of a text; all else is left to `fetch` itself. Goes where an answer points only on the
 * same server, for keys and texts belong nowhere else. Rejects as `fetch` does: with the signal's reason, or a `TypeError` whose cause is
 * what the connection said.
 */
export const leanFetch: typeof fetch = async (input, init) => {
  const posted = postedText(input, init);
  if (posted === null) return fetch(input, init);
  for (let { url } = posted, hops = 0; ; hops += 1) {
    const incoming = await sent({ ...posted, url });
    const next = hops < MAX_HOPS ? pointedTo(incoming, url) : null;
    if (next === null) return answered(incoming, posted.signal);
    incoming.destroy();
    url = next;
  }
};

function postedText(input: Parameters<typeof fetch>[0], init: RequestInit = {}): Posted | null {
  const { method, headers = {}, body, signal = null, ...more } = init;
  const plain = typeof input === 'string' && method === 'POST' && typeof body === 'string' && Object.keys(more).length === 0;
  if (!plain || headers instanceof Headers || Symbol.iterator in headers) return null;
  return { url: input, headers, body, signal };
}

function sent({ url, headers, body, signal }: Posted): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const target = new URL(url);
    const options: RequestOptions = {
      method: 'POST',
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...headers, 'content-length': Buffer.byteLength(body) },
    };
    const request = target.protocol === 'https:' ? secureRequest(target, options) : plainRequest(target, options);
    const onAbort = (): void => {
      request.destroy();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.once('response', (incoming) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(incoming);
    });
    request.on('error', (error) => {
      signal?.removeEventListener('abort', onAbort);
      reject(failed(error));
    });
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const late = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
      const timer = setTimeout(() => request.destroy(late), CONNECT_WITHIN_MS);
      socket.once('connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    });
    request.end(body);
  });
}

/** Where on the same server the answer wants the same request; null: nowhere. */
function pointedTo({ statusCode = 0, headers: { location } }: IncomingMessage, from: string): string | null {
  if (!POINTS_ELSEWHERE.has(statusCode) || location === undefined || !URL.canParse(location, from)) return null;
  const target = new URL(location, from);
  return target.origin === new URL(from).origin ? target.href : null;
}

function answered(incoming: IncomingMessage, signal: AbortSignal | null): Response {
  const { statusCode: status = 0, statusMessage: statusText = '' } = incoming;
  const init = { status, statusText, headers: headersOf(incoming) };
  if (!BODILESS.has(status)) return new Response(streamed(incoming, decoded(incoming), signal), init);
  incoming.resume();
  return new Response(null, init);
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) for (const value of values) headers.append(name, value);
  return headers;
}

/** What was not asked for is understood all the same. */
function decoded(incoming: IncomingMessage): Readable {
  const coding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'gzip' || coding === 'x-gzip') return pipeline(incoming, createGunzip(), noted);
  if (coding === 'deflate') return pipeline(incoming, createInflate(), noted);
  return coding === 'br' ? pipeline(incoming, createBrotliDecompress(), noted) : incoming;
}

/** Whoever reads the last of the streams hears of it there. */
const noted = (): void => undefined;

function streamed(incoming: IncomingMessage, pieces: Readable, signal: AbortSignal | null): ReadableStream<Uint8Array> {
  const bounds = new AnswerBounds();
  let over = false;
  const onAbort = (): void => void pieces.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  const close = (): void => {
    over = true;
    signal?.removeEventListener('abort', onAbort);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        signal?.addEventListener('abort', onAbort, { once: true });
        if (signal?.aborted === true) onAbort();
        pieces.on('data', (piece: Buffer) => {
          if (over) return;
          const broken = bounds.take(piece);
          if (broken !== null) {
            close();
            pieces.destroy();
            controller.error(new Error(broken));
            return;
          }
          controller.enqueue(piece);
          if ((controller.desiredSize ?? 0) <= 0) pieces.pause();
        });
        pieces.once('end', () => {
          close();
          controller.close();
        });
        pieces.on('error', (error) => {
          if (over) return;
          close();
          controller.error(signal?.aborted === true ? signal.reason : failed(error));
        });
      },
      pull: () => void pieces.resume(),
      cancel() {
        close();
        incoming.destroy();
      },
    },
    { highWaterMark: PIECES_AHEAD },
  );
}

function failed(cause: Error): TypeError {
  return new TypeError('fetch failed', { cause });
}
