import { Controller, Get, Header } from '@nestjs/common';
import { DEFAULT_TENANT, FailureError, type Principal } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Metrics } from '../observability/metrics/metrics.js';
import { Operation } from '../operation/operation.js';

/** The figures for Prometheus (text format 0.0.4). They are of all tenants together and name agents, so that they are for the tenant that owns the gateway. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Requires(PERMISSIONS.readMetrics)
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Operation('Tells the figures of this gateway, for Prometheus. For callers of the tenant default.', null, { media: 'text/plain' })
  read(@Caller() caller: Principal): Promise<string> {
    if (caller.tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'The figures are of all tenants; this is for the tenant default.');
    return this.metrics.registry.metrics();
  }
}
