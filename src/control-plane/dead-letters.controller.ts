import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DeliverySchema, failure, FailureError, PageQuerySchema, pageSchema, RedrivenSchema, RedriveSchema, type Delivery, type Page, type PageQuery, type Principal, type Redrive, type Redriven } from '#libs/contracts';
import { granted, ok, refused, type Outcome } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { OutboxSender } from '../gateway/outbox-sender.js';
import { Log } from '../observability/log.js';
import { Operation } from '../operation/operation.js';

/** Deliveries that were given up, until somebody sends them again. */
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly sender: OutboxSender,
    private readonly audit: Audit,
    private readonly log: Log,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the deliveries that were given up, newest first.', pageSchema(DeliverySchema))
  list(@Caller() { tenantId }: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Promise<Page<Delivery>> {
    return granted(this.sender.deadLetters(tenantId, { limit, cursor: cursor ?? null }));
  }

  @Post('redrive')
  @HttpCode(202)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Sends several dead letters again, each by itself; tells what became of each.', RedrivenSchema)
  async redriveAll(
    @Caller() caller: Principal,
    @Body({ schema: RedriveSchema }) { ids }: Redrive,
    @Req() { id: requestId }: FastifyRequest,
  ): Promise<Redriven> {
    const items: Redriven['items'] = [];
    for (const id of new Set(ids)) {
      const outcome = await this.#redrive(caller, id, requestId);
      items.push({ id, outcome: outcome.ok ? 'redriven' : wordFor(outcome) });
    }
    return { redriven: items.filter(({ outcome }) => outcome === 'redriven').length, items };
  }

  @Post(':id/redrive')
  @HttpCode(202)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Sends a dead letter again, its attempts counted anew.', DeliverySchema, { problems: ['conflict', 'overloaded'] })
  redrive(@Caller() caller: Principal, @Param('id') id: string, @Req() { id: requestId }: FastifyRequest): Promise<Delivery> {
    return granted(this.#redrive(caller, id, requestId));
  }

  /** What is no dead letter is refused without a trace: nothing was changed. */
  async #redrive(caller: Principal, id: string, requestId: string): Promise<Outcome<Delivery>> {
    const before = await this.sender.delivery(caller.tenantId, id);
    if (!before.ok) return before;
    if (before.value.state !== 'dead') return refused(failure('conflict', 'only a dead delivery can be sent again'));
    const act = { action: 'delivery.redrive', target: { kind: 'delivery', id }, before: before.value };
    try {
      const redriven = await this.audit.change(caller, act, () => granted(this.sender.redrive(caller.tenantId, id)));
      this.log.info('a dead letter is sent again', { requestId, deliveryId: id, channel: redriven.channel, tenantId: caller.tenantId });
      return ok(redriven);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      return refused(error.failure);
    }
  }
}

function wordFor({ failure: { code } }: Extract<Outcome<Delivery>, { ok: false }>): 'not_found' | 'conflict' | 'overloaded' {
  return code === 'not_found' || code === 'conflict' ? code : 'overloaded';
}
