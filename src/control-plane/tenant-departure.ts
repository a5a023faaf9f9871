import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/contracts';
import { ControlEvents, Outbox, UsageLedger } from '#libs/ports';
import { TokenBudgets } from '../throttling/token-budgets.js';
import { Agents } from './agents/agents.js';
import { Deployments } from './deployments/deployments.js';
import { EventFeed } from './events/event-feed.js';

/** What a tenant made, was told, used and was about to send goes with it. */
@Injectable()
export class TenantDeparture {
  constructor(
    private readonly deployments: Deployments,
    private readonly agents: Agents,
    private readonly outbox: Outbox,
    private readonly feed: EventFeed,
    private readonly events: ControlEvents,
    private readonly budgets: TokenBudgets,
    private readonly usage: UsageLedger,
  ) {}

  /** Of the keeper's tenant; its sessions are gone before. May be called again when it was cut off. */
  async clear(keeper: Principal): Promise<void> {
    await this.deployments.removeAll(keeper);
    await this.agents.removeAll(keeper);
    await this.outbox.forgetTenant(keeper.tenantId);
    await this.feed.flush();
    await this.events.forgetTenant(keeper.tenantId);
    // What is still to be written would be there again after it.
    await this.budgets.flush();
    await this.usage.forgetTenant(keeper.tenantId);
  }
}
