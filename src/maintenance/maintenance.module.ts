import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { BackupsController } from './backups.controller.js';
import { Backups } from './backups.js';
import { Retention } from './retention.js';

@Module({ controllers: [BackupsController], providers: [Retention, Backups] })
export class MaintenanceModule implements OnApplicationBootstrap {
  constructor(
    private readonly retention: Retention,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    this.lifecycle.register('drain', { name: 'retention stops', run: () => this.retention.stop() });
    this.retention.start();
  }
}
