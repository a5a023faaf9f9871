import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  ThrottlerStorage,
  type ThrottlerLimitDetail,
  type ThrottlerModuleOptions,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { FailureError } from '#libs/contracts';
import { MessageMetrics } from '../observability/metrics/message-metrics.js';
import { ACCESS, type Access } from '../auth/access.js';
import { principalKey } from './principal-key.js';

/**
 * Reads and minting: 600 a minute for each principal, over all routes together. Routes that are open to all are not counted;
 * routes that take messages say `@SkipThrottle()`, they have limits of their own.
 */
@Injectable()
export class ReadLimitGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly metrics: MessageMetrics,
  ) {
    super(options, storage, reflector);
  }

  protected override async shouldSkip(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]);
    return access?.kind === 'open';
  }

  protected override async getTracker(request: FastifyRequest): Promise<string> {
    if (request.principal === undefined) throw new Error('ThrottlingModule must come behind AuthModule: nobody is known yet');
    return principalKey('reads', request.principal);
  }

  protected override generateKey(_context: ExecutionContext, tracker: string): string {
    return tracker;
  }

  protected override async throwThrottlingException(_context: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    this.metrics.limitHit('reads');
    const retryAfterMs = Math.ceil(detail.timeToBlockExpire * 1000);
    throw FailureError.of('rate_limited', `More than ${detail.limit} reads in a minute.`, { retryAfterMs });
  }
}
