import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { PageQuerySchema, type Delivery, type Page, type PageQuery, type Principal } from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { OutboxSender } from '../gateway/outbox-sender.js';

/** Deliveries that were given up, until somebody sends them again. */
@Controller('api/v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly sender: OutboxSender) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  list(@Caller() { tenantId }: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Promise<Page<Delivery>> {
    return granted(this.sender.deadLetters(tenantId, { limit, cursor: cursor ?? null }));
  }

  @Post(':id/redrive')
  @HttpCode(202)
  @Requires(PERMISSIONS.writeControlPlane)
  redrive(@Caller() { tenantId }: Principal, @Param('id') id: string): Promise<Delivery> {
    return granted(this.sender.redrive(tenantId, id));
  }
}
