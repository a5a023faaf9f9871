import { Module } from '@nestjs/common';
import { TenantContents } from './tenant-contents.js';
import { TenantService } from './tenant-service.js';
import { TenantsController } from './tenants.controller.js';

/** The customers of the gateway. Expects auth, audit, throttling and gateway from global modules. */
@Module({ controllers: [TenantsController], providers: [TenantService, TenantContents] })
export class TenantsModule {}
