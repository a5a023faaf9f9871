import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '#libs/contracts';
import { answerHeaders } from './answer-headers.js';
import { problemHeaders } from './problem-answer.js';

/** Answers on a socket that the HTTP server has let go (a refused upgrade, a request that is not HTTP): the whole problem, then the end. */
export function answerOnSocket(socket: Duplex, problem: Problem, request: Pick<IncomingMessage, 'headers' | 'url'>): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  const headers = {
    ...answerHeaders(request, problem.requestId),
    ...problemHeaders(problem),
    'cache-control': 'no-store',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
