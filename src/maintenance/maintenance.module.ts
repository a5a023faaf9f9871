import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { BackupsController } from './backups.controller.js';
import { Backups } from './backups.js';
import { DiagnosisController } from './doctor/diagnosis.controller.js';
import { Doctor } from './doctor/doctor.js';
import { MessageTrace } from './message-trace.js';
import { Retention } from './retention.js';
import { TraceController } from './trace.controller.js';

@Module({ controllers: [BackupsController, TraceController, DiagnosisController], providers: [Retention, Backups, MessageTrace, Doctor] })
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
