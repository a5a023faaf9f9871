import { Controller, Get, Header } from '@nestjs/common';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Metrics } from '../observability/metrics/metrics.js';
import { Operation } from '../operation/operation.js';

/** The figures for Prometheus (text format 0.0.4). */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Requires(PERMISSIONS.readMetrics)
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Operation('Tells the figures of this gateway, for Prometheus.', null, { media: 'text/plain' })
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
