import { Module, type OnModuleInit } from '@nestjs/common';
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
import { Summaries } from './summaries.js';
import { SummaryController } from './summary.controller.js';
import { Today } from './today.js';

@Module({
  controllers: [ChannelsController, DeliveriesController, DeadLettersController, ConnectionsController, EventsController, SummaryController, DeploymentsController, AgentsController],
  providers: [Agents, DeploymentRecords, Deployments, EventFeed, EventReaders, EventSources, Summaries, Today],
})
export class ControlPlaneModule implements OnModuleInit {
  constructor(
    private readonly today: Today,
    private readonly sources: EventSources,
    private readonly deployments: Deployments,
    private readonly agents: Agents,
  ) {}

  async onModuleInit(): Promise<void> {
    this.sources.begin();
    await this.today.begin();
    await this.deployments.begin();
    await this.agents.begin();
  }
}
