import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { OpenToAll } from '../auth/access.js';
import { Operation } from '../operation/operation.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { Readiness, ReadinessSchema, type ReadinessView } from './readiness.js';

const StatusSchema = z.object({ status: z.enum(['ok', 'shutting_down']) }).meta({ id: 'HealthStatus' });

@Controller('health')
@OpenToAll()
export class HealthController {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @Operation('Tells whether the gateway is up, or on its way down.', StatusSchema, {
    answers: { 503: { description: 'It is shutting down.', schema: StatusSchema } },
  })
  health(@Res({ passthrough: true }) reply: FastifyReply): { status: 'ok' | 'shutting_down' } {
    if (!this.lifecycle.shuttingDown) return { status: 'ok' };
    reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: 'shutting_down' };
  }

  @Get('live')
  @Operation('Answers while the process can.', StatusSchema)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Operation('Tells whether the gateway can do its work, from real probes.', ReadinessSchema, {
    answers: { 503: { description: 'It is not ready.', schema: ReadinessSchema } },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    const view = await this.readiness.view();
    if (view.status === 'unavailable') reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return view;
  }
}
