import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure, toProblem, type Failure } from '#libs/contracts';
import { Config } from '../../config/config.js';
import { Log } from '../../observability/log.js';
import { failureOf } from './failure-of.js';
import { KnownRoutes } from './known-routes.js';
import { problemHeaders } from '../problem-answer.js';

/** Answers every exception on HTTP with a problem (RFC 9457). What is a fault of ours is logged under the request id and told to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly config: Config,
    private readonly routes: KnownRoutes,
    private readonly log: Log,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const told = request.is404 ? this.unrouted(request, reply) : failureOf(error);
    if (told === null) this.log.error('a request failed', { requestId: request.id, error });
    if (reply.sent || reply.raw.headersSent) return;
    const problem = toProblem(told ?? failure('internal', 'Something went wrong on our side.'), this.config.publicUrl, request.id);
    reply.code(problem.status).headers(problemHeaders(problem)).send(JSON.stringify(problem));
  }

  private unrouted(request: FastifyRequest, reply: FastifyReply): Failure {
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0) return failure('not_found', 'There is nothing at this address.');
    reply.header('allow', methods.join(', '));
    return failure('method_not_allowed', `This address takes ${methods.join(', ')}.`);
  }
}
