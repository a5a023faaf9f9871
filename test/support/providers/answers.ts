import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ProviderAnswer } from './provider-server.js';

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
}

/** The whole stream, frame by frame. */
export function streamed(frames: readonly string[]): ProviderAnswer {
  return (response) => {
    begin(response);
    for (const frame of frames) response.write(frame);
    response.end();
  };
}

/** The same bytes in pieces of `size`, each its own write, so that characters and frames fall apart. */
export function streamedInPieces(frames: readonly string[], size: number): ProviderAnswer {
  return async (response) => {
    begin(response);
    const bytes = Buffer.from(frames.join(''), 'utf8');
    for (let at = 0; at < bytes.length; at += size) {
      if (!response.write(bytes.subarray(at, at + size))) await once(response, 'drain');
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };
}

/** The frames, then the connection is cut. */
export function cutAfter(frames: readonly string[]): ProviderAnswer {
  return (response) => {
    begin(response);
    response.write(frames.join(''), () => response.destroy());
  };
}

/** The frames, then nothing, for as long as the caller stays. */
export function stalledAfter(frames: readonly string[]): ProviderAnswer {
  return (response) => {
    begin(response);
    response.write(frames.join(''));
  };
}

/** Not even a status. */
export const silent: ProviderAnswer = () => undefined;

/** Cuts the connection before any status. */
export const refused: ProviderAnswer = (response) => {
  response.destroy();
};

export function problem(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ProviderAnswer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}
