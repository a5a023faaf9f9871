import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OpenToAll } from '../auth/access.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { Readiness, type ReadinessView } from './readiness.js';

@Controller('health')
@OpenToAll()
export class HealthController {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  health(@Res({ passthrough: true }) reply: FastifyReply): { status: 'ok' | 'shutting_down' } {
    if (!this.lifecycle.shuttingDown) return { status: 'ok' };
    reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: 'shutting_down' };
  }

  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    const view = await this.readiness.view();
    if (view.status === 'unavailable') reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return view;
  }
}
