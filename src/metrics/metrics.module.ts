import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';
import { OutboxDepth } from './outbox-depth.js';
import { StandingFigures } from './standing-figures.js';

/** The figures, served. */
@Module({ controllers: [MetricsController], providers: [OutboxDepth, StandingFigures] })
export class MetricsModule {}
