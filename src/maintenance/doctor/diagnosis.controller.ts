import { Controller, Get } from '@nestjs/common';
import { DEFAULT_TENANT, DiagnosisSchema, FailureError, type Diagnosis, type Principal } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { Doctor } from './doctor.js';

@Controller('api/v1/diagnosis')
export class DiagnosisController {
  constructor(private readonly doctor: Doctor) {}

  @Get()
  @Requires(PERMISSIONS.administer)
  @Operation('Looks at database, settings, keys, channels, provider, disk and clock, and says what to do. For admins of the tenant `default`.', DiagnosisSchema)
  diagnose(@Caller() caller: Principal): Promise<Diagnosis> {
    if (caller.tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This needs an admin of the tenant default.');
    return this.doctor.diagnose();
  }
}
