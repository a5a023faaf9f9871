import { Injectable, type ExecutionContext } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { FailureError } from '#libs/contracts';
import { ACCESS, type Access } from '../auth/access.js';
import { principalKey } from './principal-key.js';

/**
 * Reads and minting: 600 a minute for each principal, over all routes together. Routes that are open to all are not counted;
 * routes that take messages say `@SkipThrottle()`, they have limits of their own.
 */
@Injectable()
export class ReadLimitGuard extends ThrottlerGuard {
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
    const retryAfterMs = Math.ceil(detail.timeToBlockExpire * 1000);
    throw FailureError.of('rate_limited', `More than ${detail.limit} reads in a minute.`, { retryAfterMs });
  }
}
