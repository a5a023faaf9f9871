import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { failure, toProblem, type Failure } from '#libs/contracts';
import type { IdGenerator } from '#libs/ports';
import type { Config } from '../../config/config.js';
import { continueTrace } from './trace-context.js';
import { problemHeaders } from './problem-answer.js';

const DETAILS: Readonly<Record<string, Failure>> = {
  HPE_HEADER_OVERFLOW: failure('payload_too_large', 'The request headers are too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: failure('validation_failed', 'The request did not arrive in time.'),
};

/** Answers what is not HTTP, has too large headers or does not arrive, with a problem on the bare socket, and closes it. */
export function answerClientError(config: Config, ids: IdGenerator) {
  return function refuse(error: Error & { code?: string }, socket: Socket): void {
    if (!socket.writable || socket.bytesWritten > 0 || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    writeProblem(socket, DETAILS[error.code ?? ''] ?? failure('validation_failed', 'This is not a well-formed HTTP request.'), config, ids.next());
  };
}

/** Writes a whole HTTP answer on a socket that no server answers for any more, then closes it. */
export function writeProblem(socket: Socket, told: Failure, config: Config, requestId: string): void {
  const problem = toProblem(told, config.publicUrl, requestId);
  const body = JSON.stringify(problem);
  const headers = {
    ...problemHeaders(problem),
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    traceparent: continueTrace(undefined),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroySoon());
}
