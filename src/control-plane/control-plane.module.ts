import { Module } from '@nestjs/common';
import { ChannelsController } from './channels.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeliveriesController } from './deliveries.controller.js';

@Module({ controllers: [ChannelsController, DeliveriesController, DeadLettersController] })
export class ControlPlaneModule {}
