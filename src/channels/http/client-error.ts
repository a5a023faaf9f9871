import type { Socket } from 'node:net';
import { failure, toProblem, type Failure } from '#libs/contracts';
import type { IdGenerator } from '#libs/ports';
import type { Config } from '../../config/config.js';
import { answerOnSocket } from '../bare-answer.js';

const KNOWN: Readonly<Record<string, Failure>> = {
  HPE_HEADER_OVERFLOW: failure('payload_too_large', 'The request headers are too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: failure('validation_failed', 'The request did not arrive in time.'),
};

/** Answers what is not HTTP, has too large headers or does not arrive, and closes the connection. */
export function answerClientError(config: Config, ids: IdGenerator) {
  return function refuse(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    const told = KNOWN[error.code ?? ''] ?? failure('validation_failed', 'This is not a well-formed HTTP request.');
    answerOnSocket(socket, toProblem(told, config.publicUrl, ids.next()), { headers: {} });
  };
}
