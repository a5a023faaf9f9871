import { Controller, Get, Query } from '@nestjs/common';
import { UsageQuerySchema, UsageReportSchema, type Principal, type UsageQueryOptions, type UsageReport } from '#libs/contracts';
import { AnyCaller } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Operation } from '../operation/operation.js';
import { UsageReports } from './usage-reports.js';

@Controller('api/v1/usage')
export class UsageController {
  constructor(private readonly reports: UsageReports) {}

  @Get()
  @AnyCaller()
  @Operation('Tells what models were used for: by the caller, or in the tenant for those who may read the control plane.', UsageReportSchema)
  report(@Caller() caller: Principal, @Query({ schema: UsageQuerySchema }) query: UsageQueryOptions): Promise<UsageReport> {
    return this.reports.report(caller, query);
  }
}
