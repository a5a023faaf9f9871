import { Global, Module } from '@nestjs/common';
import { Tracing } from '#libs/ports';
import { Config } from '../config/config.js';
import { Log } from './log.js';
import { CallMetrics } from './metrics/call-metrics.js';
import { MessageMetrics } from './metrics/message-metrics.js';
import { Metrics } from './metrics/metrics.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { StoreMetrics } from './metrics/store-metrics.js';
import { TurnMetrics } from './metrics/turn-metrics.js';
import { startTracing } from './tracing/start-tracing.js';

@Global()
@Module({
  providers: [Log, Metrics, MessageMetrics, TurnMetrics, CallMetrics, StoreMetrics, ProcessMetrics, { provide: Tracing, useFactory: startTracing, inject: [Config, Log, Metrics] }],
  exports: [Log, Metrics, MessageMetrics, TurnMetrics, CallMetrics, Tracing],
})
export class ObservabilityModule {}
