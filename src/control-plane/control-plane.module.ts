import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { GatewayWatch } from '#libs/channel-sdk';
import { HealthModule } from '../health/health.module.js';
import { Agents } from './agents/agents.js';
import { AgentsController } from './agents/agents.controller.js';
import { ChannelsController } from './channels.controller.js';
import { ConnectionsController } from './connections.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeliveriesController } from './deliveries.controller.js';
import { DeploymentRecords } from './deployments/deployment-records.js';
import { Deployments } from './deployments/deployments.js';
import { DeploymentsController } from './deployments/deployments.controller.js';
import { EventFeed } from './events/event-feed.js';
import { EventReaders } from './events/event-readers.js';
import { EventSources } from './events/event-sources.js';
import { EventsController } from './events/events.controller.js';
import { QueueController } from './queue.controller.js';
import { SettingsController } from './settings.controller.js';
import { SkillsController } from './skills.controller.js';
import { RecentTurns } from './summary/recent-turns.js';
import { StoredTurns } from './summary/stored-turns.js';
import { Summaries } from './summary/summaries.js';
import { SummaryController } from './summary/summary.controller.js';
import { Today } from './summary/today.js';
import { Watching } from './summary/watching.js';
import { TenantDeparture } from './tenant-departure.js';

/** Global for `GatewayWatch`, which the sockets ask, and `TenantDeparture`, which the tenants ask. */
@Global()
@Module({
  imports: [HealthModule],
  controllers: [ChannelsController, DeliveriesController, DeadLettersController, ConnectionsController, EventsController, SummaryController, DeploymentsController, AgentsController, QueueController, SettingsController, SkillsController],
  providers: [Agents, DeploymentRecords, Deployments, EventFeed, EventReaders, EventSources, RecentTurns, StoredTurns, Summaries, TenantDeparture, Today, Watching, { provide: GatewayWatch, useExisting: Watching }],
  exports: [GatewayWatch, TenantDeparture],
})
export class ControlPlaneModule implements OnModuleInit {
  constructor(
    private readonly today: Today,
    private readonly recent: RecentTurns,
    private readonly sources: EventSources,
    private readonly deployments: Deployments,
    private readonly agents: Agents,
  ) {}

  async onModuleInit(): Promise<void> {
    this.sources.begin();
    this.recent.begin();
    await this.today.begin();
    await this.deployments.begin();
    await this.agents.begin();
  }
}
