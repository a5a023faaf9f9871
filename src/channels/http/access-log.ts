import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Log } from '../../observability/log.js';
import { CallMetrics } from '../../observability/metrics/call-metrics.js';

/** Counts every answer, and notes it at `debug` under its request id. Query strings are left out: tickets stand in them. */
@Injectable()
export class AccessLog {
  constructor(
    private readonly metrics: CallMetrics,
    private readonly log: Log,
  ) {}

  note(request: FastifyRequest, reply: FastifyReply): void {
    const { method, id: requestId } = request;
    this.metrics.answered(method, reply.statusCode);
    const [path] = request.url.split('?', 1);
    this.log.debug('request', { requestId, method, path, status: reply.statusCode, tookMs: Math.round(reply.elapsedTime) });
  }
}
