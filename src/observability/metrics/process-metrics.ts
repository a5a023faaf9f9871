import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { Metrics } from './metrics.js';

const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;

/** What the process itself costs, under the names that dashboards for Node and Prometheus know. */
@Injectable()
export class ProcessMetrics {
  constructor(metrics: Metrics) {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    const late = (ns: number) => Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1000);
    metrics.gauge('parley_event_loop_delay_seconds', 'How late the event loop was in 99 of 100 cases, since the last scrape.', () => late(delay.percentile(99)));
    metrics.gauge('parley_event_loop_delay_max_seconds', 'How late the event loop was at most, since the last scrape.', () => {
      const most = late(delay.max);
      delay.reset();
      return most;
    });
    metrics.counterBy('process_cpu_seconds_total', 'CPU time of the process, by mode.', 'mode', () => {
      const { user, system } = process.cpuUsage();
      return [['user', user / 1e6], ['system', system / 1e6]];
    });
    metrics.gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM.', () => process.memoryUsage.rss());
    metrics.gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => Math.round(performance.timeOrigin / 1000));
    metrics.gauge('nodejs_heap_used_bytes', 'Memory that JavaScript objects use.', () => process.memoryUsage().heapUsed);
  }
}
