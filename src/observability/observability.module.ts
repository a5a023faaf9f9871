import { Global, Module } from '@nestjs/common';
import { Log } from './log.js';
import { CallMetrics } from './metrics/call-metrics.js';
import { MessageMetrics } from './metrics/message-metrics.js';
import { Metrics } from './metrics/metrics.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { StoreMetrics } from './metrics/store-metrics.js';
import { TurnMetrics } from './metrics/turn-metrics.js';

@Global()
@Module({
  providers: [Log, Metrics, MessageMetrics, TurnMetrics, CallMetrics, StoreMetrics, ProcessMetrics],
  exports: [Log, Metrics, MessageMetrics, TurnMetrics, CallMetrics],
})
export class ObservabilityModule {}
