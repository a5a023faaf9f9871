import { Module } from '@nestjs/common';
import { IssuerService } from './issuer-service.js';
import { IssuersController } from './issuers.controller.js';
import { MemberService } from './member-service.js';
import { MembersController } from './members.controller.js';
import { TenantContents } from './tenant-contents.js';
import { TenantService } from './tenant-service.js';
import { TenantsController } from './tenants.controller.js';

/** The customers of the gateway. Expects auth, audit, throttling and gateway from global modules. */
@Module({ controllers: [TenantsController, IssuersController, MembersController], providers: [TenantService, IssuerService, MemberService, TenantContents] })
export class TenantsModule {}
