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
import { FailureError, type Principal } from '#libs/contracts';
import { MessageMetrics } from '../observability/metrics/message-metrics.js';
import { ACCESS, type Access } from '../auth/access.js';
import { principalKey } from './principal-key.js';

/**
 * Reads and minting: 600 a minute for each principal, over all routes together. Routes that are open to all are not counted;
 * routes that take messages say `@SkipThrottle()`, they have limits of their own.
 */
@Injectable()
export class ReadLimitGuard extends ThrottlerGuard {
  /** A principal is one object as long as its key is in use. */
  private readonly names = new WeakMap<Principal, string>();

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
    return this.nameOf(request.principal);
  }

  private nameOf(principal: Principal): string {
    let name = this.names.get(principal);
    if (name === undefined) {
      name = principalKey('reads', principal);
      this.names.set(principal, name);
    }
    return name;
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
