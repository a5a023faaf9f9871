import { Controller, Get, Param } from '@nestjs/common';
import { DeliverySchema, type Delivery, type Principal } from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { OutboxSender } from '../gateway/outbox-sender.js';
import { Operation } from '../operation/operation.js';

/** What became of what went out. */
@Controller('api/v1/deliveries')
export class DeliveriesController {
  constructor(private readonly sender: OutboxSender) {}

  @Get(':id')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Reads a delivery: its state, its attempts, and why the last one failed.', DeliverySchema)
  get(@Caller() { tenantId }: Principal, @Param('id') id: string): Promise<Delivery> {
    return granted(this.sender.delivery(tenantId, id));
  }
}
