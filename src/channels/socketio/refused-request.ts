import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Problem } from '#libs/contracts';
import { answerHeaders } from '../answer-headers.js';
import { answerOnSocket } from '../bare-answer.js';
import { problemHeaders } from '../problem-answer.js';

/** Answers a request of this door, an upgrade too, with a problem instead of letting Engine.IO have it. */
export function refuseRequest(request: IncomingMessage, response: unknown, problem: Problem, id: string): void {
  if (response instanceof ServerResponse) {
    const body = JSON.stringify(problem);
    const headers = { ...answerHeaders(request, id), ...problemHeaders(problem), 'content-length': Buffer.byteLength(body) };
    response.writeHead(problem.status, headers).end(body);
    return;
  }
  request.socket.on('error', () => request.socket.destroy());
  answerOnSocket(request.socket, problem, request);
}
