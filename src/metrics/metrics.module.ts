import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';
import { StandingFigures } from './standing-figures.js';

/** The figures, served. */
@Module({ controllers: [MetricsController], providers: [StandingFigures] })
export class MetricsModule {}
