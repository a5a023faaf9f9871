import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  CreateApiKeySchema,
  CreatedApiKeySchema,
  CreateTenantSchema,
  ErasedUserSchema,
  PageQuerySchema,
  pageSchema,
  TenantSchema,
  UpdateTenantSchema,
  type CreateApiKey,
  type CreatedApiKey,
  type CreateTenant,
  type ErasedUser,
  type Page,
  type PageQuery,
  type Principal,
  type Tenant,
  type UpdateTenant,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { Requires } from '../auth/access.js';
import { ApiKeys } from '../auth/api-keys.js';
import { Caller } from '../auth/caller.js';
import { Operation } from '../operation/operation.js';
import { requireDefault, requireReach } from './tenant-admission.js';
import { TenantContents } from './tenant-contents.js';
import { TenantService } from './tenant-service.js';

@Controller('api/v1/tenants')
@Requires(PERMISSIONS.administer)
export class TenantsController {
  constructor(
    private readonly tenants: TenantService,
    private readonly contents: TenantContents,
    private readonly keys: ApiKeys,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Operation('Lists the tenants; to admins of another one than default, their own.', pageSchema(TenantSchema))
  list(@Caller() caller: Principal, @Query({ schema: PageQuerySchema }) page: PageQuery): Promise<Page<Tenant>> {
    return granted(this.tenants.list(caller, page));
  }

  @Post()
  @Operation('Makes a tenant.', TenantSchema, { problems: ['conflict'] })
  create(@Caller() caller: Principal, @Body({ schema: CreateTenantSchema }) tenant: CreateTenant): Promise<Tenant> {
    requireDefault(caller);
    return granted(this.tenants.create(caller, tenant));
  }

  @Get(':id')
  @Operation('Reads a tenant.', TenantSchema)
  get(@Caller() caller: Principal, @Param('id') id: string): Promise<Tenant> {
    requireReach(caller, id);
    return granted(this.tenants.get(id));
  }

  @Patch(':id')
  @Operation('Changes the name or the limits of a tenant.', TenantSchema)
  update(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: UpdateTenantSchema }) change: UpdateTenant): Promise<Tenant> {
    requireReach(caller, id);
    requireDefault(caller);
    return granted(this.tenants.update(caller, id, change));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('Takes a tenant away, with its keys and sessions.', null, { problems: ['conflict'] })
  async remove(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    requireReach(caller, id);
    requireDefault(caller);
    await granted(this.tenants.remove(caller, id));
  }

  @Post(':id/keys')
  @Operation('Makes a key for a tenant; its secret is in the answer and nowhere else.', CreatedApiKeySchema)
  async createKey(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: CreateApiKeySchema }) key: CreateApiKey): Promise<CreatedApiKey> {
    const keeper = await granted(this.tenants.reach(caller, id));
    return granted(this.keys.create(keeper, key));
  }

  @Get(':id/users/:userId/export')
  @Operation('Streams all sessions of a user with their events, as lines of JSON.', null, { media: 'application/x-ndjson' })
  async exportUser(@Caller() caller: Principal, @Param('id') id: string, @Param('userId') userId: string, @Res() reply: FastifyReply): Promise<void> {
    const keeper = await granted(this.tenants.reach(caller, id));
    await this.audit.record(keeper, { action: 'user.export', target: { kind: 'user', id: userId } });
    const lines = this.contents.lines({ tenantId: id, owner: { kind: 'user', id: userId } });
    await reply.type('application/x-ndjson').send(Readable.from(lines, { objectMode: true, highWaterMark: 64 }));
  }

  @Delete(':id/users/:userId')
  @Operation('Erases all sessions of a user.', ErasedUserSchema)
  async eraseUser(@Caller() caller: Principal, @Param('id') id: string, @Param('userId') userId: string): Promise<ErasedUser> {
    const keeper = await granted(this.tenants.reach(caller, id));
    const reach = { tenantId: id, owner: { kind: 'user', id: userId } } as const;
    const act = { action: 'user.erase', target: { kind: 'user', id: userId } };
    return { sessions: await this.audit.change(keeper, act, () => this.contents.eraseSessions(keeper, reach)) };
  }
}
