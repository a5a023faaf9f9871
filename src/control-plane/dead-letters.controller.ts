import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { DeliverySchema, PageQuerySchema, pageSchema, type Delivery, type Page, type PageQuery, type Principal } from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { OutboxSender } from '../gateway/outbox-sender.js';
import { Operation } from '../operation/operation.js';

/** Deliveries that were given up, until somebody sends them again. */
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly sender: OutboxSender,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the deliveries that were given up, newest first.', pageSchema(DeliverySchema))
  list(@Caller() { tenantId }: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Promise<Page<Delivery>> {
    return granted(this.sender.deadLetters(tenantId, { limit, cursor: cursor ?? null }));
  }

  @Post(':id/redrive')
  @HttpCode(202)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Sends a dead letter again, its attempts counted anew.', DeliverySchema, { problems: ['conflict', 'overloaded'] })
  async redrive(@Caller() caller: Principal, @Param('id') id: string): Promise<Delivery> {
    const before = await granted(this.sender.delivery(caller.tenantId, id));
    const act = { action: 'delivery.redrive', target: { kind: 'delivery', id }, before };
    return this.audit.change(caller, act, () => granted(this.sender.redrive(caller.tenantId, id)));
  }
}
