import { Controller, Get } from '@nestjs/common';
import { SummarySchema, type Principal, type Summary } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { Summaries } from './summaries.js';

@Controller('api/v1/control-plane/summary')
export class SummaryController {
  constructor(private readonly summaries: Summaries) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Tells what there is and what happens now in the tenant; counted at most once a second.', SummarySchema)
  summary(@Caller() { tenantId }: Principal): Promise<Summary> {
    return this.summaries.of(tenantId);
  }
}
