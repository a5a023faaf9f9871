import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leanFetch } from '../../src/orchestrator/providers/lean-fetch.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

let server: Server;
let url: string;
let answer: Answer;
const sockets = new Set<unknown>();

beforeEach(async () => {
  sockets.clear();
  server = createServer((request, response) => {
    sockets.add(request.socket);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (signal?: AbortSignal, path = ''): Promise<Response> =>
  leanFetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-key': 'k' }, body: '{"text":"wörld"}', ...(signal === undefined ? {} : { signal }) });

/** What the stream gives next, as text; null at its end. */
async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | null> {
  const { done, value } = await reader.read();
  return done ? null : Buffer.from(value).toString();
}

function readerOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (body === null) throw new Error('the answer has no body');
  return body.getReader();
}

describe('the fetch of the providers', () => {
  it('posts the text with its length and headers, and gives status, headers and text of the answer', async () => {
    let asked: { headers: IncomingMessage['headers']; body: string } | null = null;
    answer = (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      request.on('end', () => {
        asked = { headers: request.headers, body };
        response.writeHead(429, 'Slow down', { 'retry-after': '7' }).end('too fast');
      });
    };
    const response = await post();
    expect(asked).toMatchObject({ body: '{"text":"wörld"}', headers: { 'content-length': '17', 'content-type': 'application/json', 'x-key': 'k' } });
    expect(response.status).toBe(429);
    expect(response.ok).toBe(false);
    expect(response.statusText).toBe('Slow down');
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.text()).toBe('too fast');
  });

  it('gives each piece when it comes, while the answer goes on', async () => {
    let goOn = (): void => undefined;
    answer = (_request, response) => {
      goOn = () => response.end('two');
      response.write('one');
    };
    const reader = readerOf(await post());
    expect(await nextOf(reader)).toBe('one');
    goOn();
    expect(await nextOf(reader)).toBe('two');
    expect(await nextOf(reader)).toBeNull();
  });

  it('gives an answer whole that is longer than may wait for its reader', async () => {
    const long = 'x'.repeat(4 * 1024 * 1024);
    answer = (_request, response) => response.end(long);
    expect(await (await post()).text()).toBe(long);
  });

  it('asks again on the same connection', async () => {
    answer = (_request, response) => response.end('ok');
    for (let n = 0; n < 3; n += 1) expect(await (await post()).text()).toBe('ok');
    expect(sockets.size).toBe(1);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('understands an answer in %s, though it did not ask for it', async (coding, compress) => {
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': coding }).end(compress('ok'));
    expect(await (await post()).text()).toBe('ok');
  });

  it.each([307, 308])('goes where an answer of %d points on the same server, with the same request', async (status) => {
    answer = (request, response) => {
      if (request.url !== '/elsewhere') response.writeHead(status, { location: '/elsewhere' }).end();
      else request.setEncoding('utf8').on('data', (body: string) => response.end(`${request.method} ${request.headers['x-key'] as string} ${body}`));
    };
    expect(await (await post()).text()).toBe('POST k {"text":"wörld"}');
  });

  it('takes neither key nor text to another server', async () => {
    const asked: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    answer = (_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` }).end();
    expect((await post()).status).toBe(307);
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
    expect(asked).toEqual([]);
  });

  it.each([['/again'], ['http://'], [undefined]])('does not go round in circles, nor where %j leads', async (location) => {
    answer = (_request, response) => response.writeHead(307, location === undefined ? {} : { location }).end();
    expect((await post()).status).toBe(307);
  });

  it('takes an answer without a body', async () => {
    answer = (_request, response) => response.writeHead(204).end();
    const { status, body } = await post();
    expect({ status, body }).toEqual({ status: 204, body: null });
  });

  it('ends the request with the reason of the signal, before the answer and within it', async () => {
    const reason = new Error('enough');
    const before = new AbortController();
    const closed: Promise<void>[] = [];
    answer = (request) => {
      closed.push(new Promise((resolve) => request.socket.once('close', () => resolve())));
      before.abort(reason);
    };
    await expect(post(before.signal)).rejects.toBe(reason);
    await expect(post(before.signal)).rejects.toBe(reason);

    const within = new AbortController();
    answer = (request, response) => {
      closed.push(new Promise((resolve) => request.socket.once('close', () => resolve())));
      response.write('one');
    };
    const reader = readerOf(await post(within.signal));
    expect(await nextOf(reader)).toBe('one');
    within.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
    expect(closed).toHaveLength(2);
    await Promise.all(closed);
  });

  it('closes the connection of an answer that nobody reads on', async () => {
    const closed: Promise<void>[] = [];
    answer = (request, response) => {
      closed.push(new Promise((resolve) => request.socket.once('close', () => resolve())));
      response.write('one');
    };
    const { body } = await post();
    await body?.cancel();
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
  });

  it.each([
    ['an event that does not end', `data: ${'x'.repeat(64 * 1024)}`],
    ['lines without end', `data: ${'x'.repeat(64 * 1024)}\n`],
  ])('gives up at %s, and hangs up', async (_what, piece) => {
    const closed = Promise.withResolvers<void>();
    answer = (request, response) => {
      request.socket.once('close', () => closed.resolve());
      const more = (): void => {
        while (response.write(piece));
      };
      response.on('drain', more);
      more();
    };
    await expect(post().then((response) => response.text())).rejects.toThrow('an event longer than 8388608 bytes');
    await closed.promise;
  });

  it('reads on as long as events end, wherever the network cuts them', async () => {
    const event = `data: ${'x'.repeat(64 * 1024)}\n\n`;
    const pieces = [event.slice(0, -1), '\n', event.slice(0, -2), '\r\n', '\r', '\n'];
    answer = async (_request, response) => {
      for (let sent = 0; sent < 150; sent += 1) {
        for (const piece of pieces) if (!response.write(piece)) await once(response, 'drain');
      }
      response.end();
    };
    expect((await (await post()).text()).length).toBe(150 * pieces.join('').length);
  });

  it('says what the connection said when it is cut, before the answer and within it', async () => {
    answer = (request) => request.socket.destroy();
    await expect(post()).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET' } });

    answer = (request, response) => void response.write('one', () => request.socket.destroy());
    await expect(post().then((response) => response.text())).rejects.toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } });
  });
});
