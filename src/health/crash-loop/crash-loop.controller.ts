import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CrashLoopSchema, DEFAULT_TENANT, failure, FailureError, type CrashLoop, type Principal } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../../audit/audit.js';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { CrashLoopBreaker } from './crash-loop-breaker.js';

/** Whether a crash loop keeps the doors closed, and how they are opened again. */
@Controller('api/v1/control-plane/crash-loop')
export class CrashLoopController {
  constructor(
    private readonly breaker: CrashLoopBreaker,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Tells whether a crash loop keeps the doors closed.', CrashLoopSchema)
  get(): CrashLoop {
    return this.view();
  }

  @Post('release')
  @HttpCode(200)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Opens the doors that a crash loop keeps closed. Where none does, nothing happens.', CrashLoopSchema)
  async release(@Caller() caller: Principal, @Req() request: FastifyRequest): Promise<CrashLoop> {
    if (caller.tenantId !== DEFAULT_TENANT) {
      throw new FailureError(failure('permission_denied', `the doors serve all tenants; only the tenant ${DEFAULT_TENANT} may open them`));
    }
    if (this.breaker.tripped) {
      const act = { action: 'crash-loop.release', target: { kind: 'gateway', id: 'doors' }, before: { doors: 'closed' }, after: { doors: 'open' } };
      await this.audit.change(caller, act, () => this.breaker.release(request.id));
    }
    return this.view();
  }

  private view(): CrashLoop {
    const { tripped, died } = this.breaker;
    return { doors: tripped ? 'closed' : 'open', startedAt: died.map((at) => new Date(at).toISOString()) };
  }
}
