import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '../../observability/log.js';
import { CallMetrics } from '../../observability/metrics/call-metrics.js';
import { plainPath } from './plain-path.js';

/** Counts every answer, and notes it at `debug` under its request id. What may be a secret in an address is left out. */
@Injectable()
export class AccessLog {
  constructor(
    private readonly metrics: CallMetrics,
    private readonly log: Log,
  ) {}

  note(request: FastifyRequest, reply: FastifyReply): void {
    const { method, id: requestId } = request;
    this.metrics.answered(method, reply.statusCode);
    this.log.debug('request', { requestId, method, path: plainPath(request.url), status: reply.statusCode, tookMs: Math.round(reply.elapsedTime) });
  }
}
