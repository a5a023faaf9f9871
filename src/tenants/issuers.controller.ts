import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  CreateIssuerSchema,
  IssuerSchema,
  PageQuerySchema,
  pageSchema,
  type CreateIssuer,
  type Issuer,
  type Page,
  type PageQuery,
  type Principal,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { AuditsRefusals } from '../audit/audits-refusals.js';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Operation } from '../operation/operation.js';
import { IssuerService } from './issuer-service.js';
import { TenantService } from './tenant-service.js';

@Controller('api/v1/tenants/:id/issuers')
@Requires(PERMISSIONS.administer)
export class IssuersController {
  constructor(
    private readonly tenants: TenantService,
    private readonly issuers: IssuerService,
  ) {}

  @Get()
  @Operation("Lists the issuers whose tokens tell who a tenant's users are, newest first.", pageSchema(IssuerSchema))
  async list(@Caller() caller: Principal, @Param('id') id: string, @Query({ schema: PageQuerySchema }) page: PageQuery): Promise<Page<Issuer>> {
    await granted(this.tenants.reach(caller, id));
    return granted(this.issuers.list(id, page));
  }

  @Post()
  @AuditsRefusals()
  @Operation('Trusts the tokens (JWT) of an issuer from now on.', IssuerSchema, { problems: ['conflict'] })
  async create(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: CreateIssuerSchema }) issuer: CreateIssuer): Promise<Issuer> {
    const keeper = await granted(this.tenants.reach(caller, id));
    return granted(this.issuers.create(keeper, issuer));
  }

  @Get(':issuerId')
  @Operation('Reads an issuer.', IssuerSchema)
  async get(@Caller() caller: Principal, @Param('id') id: string, @Param('issuerId') issuerId: string): Promise<Issuer> {
    await granted(this.tenants.reach(caller, id));
    return granted(this.issuers.get(id, issuerId));
  }

  @Delete(':issuerId')
  @HttpCode(204)
  @Operation('Trusts an issuer no longer; the sockets of its users end within a second.', null)
  async remove(@Caller() caller: Principal, @Param('id') id: string, @Param('issuerId') issuerId: string): Promise<void> {
    const keeper = await granted(this.tenants.reach(caller, id));
    await granted(this.issuers.remove(keeper, issuerId));
  }
}
