import { Module, type OnModuleInit } from '@nestjs/common';
import { ChannelsController } from './channels.controller.js';
import { ConnectionsController } from './connections.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeliveriesController } from './deliveries.controller.js';
import { Summaries } from './summaries.js';
import { SummaryController } from './summary.controller.js';
import { Today } from './today.js';

@Module({
  controllers: [ChannelsController, DeliveriesController, DeadLettersController, ConnectionsController, SummaryController],
  providers: [Summaries, Today],
})
export class ControlPlaneModule implements OnModuleInit {
  constructor(private readonly today: Today) {}

  async onModuleInit(): Promise<void> {
    await this.today.begin();
  }
}
