import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiKeySchema,
  CreateApiKeySchema,
  CreatedApiKeySchema,
  PageQuerySchema,
  pageSchema,
  RotateApiKeySchema,
  UpdateApiKeySchema,
  type ApiKey,
  type CreateApiKey,
  type CreatedApiKey,
  type Page,
  type PageQuery,
  type Principal,
  type UpdateApiKey,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Operation } from '../operation/operation.js';
import { Requires } from './access.js';
import { ApiKeys } from './api-keys.js';
import { Caller } from './caller.js';
import { KeyUses } from './key-uses.js';

@Controller('api/v1/keys')
@Requires(PERMISSIONS.manageKeys)
export class KeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly uses: KeyUses,
  ) {}

  @Get()
  @Operation('Lists the keys, newest first.', pageSchema(ApiKeySchema))
  async list(@Caller() caller: Principal, @Query({ schema: PageQuerySchema }) page: PageQuery): Promise<Page<ApiKey>> {
    const { items, nextCursor } = await granted(this.keys.list(caller, page));
    return { items: items.map((key) => this.uses.seen(key)), nextCursor };
  }

  @Post()
  @Operation('Makes a key. Its secret is in this answer and never again.', CreatedApiKeySchema)
  create(@Caller() caller: Principal, @Body({ schema: CreateApiKeySchema }) key: CreateApiKey): Promise<CreatedApiKey> {
    return granted(this.keys.create(caller, key));
  }

  @Get(':id')
  @Operation('Reads a key.', ApiKeySchema)
  async get(@Caller() caller: Principal, @Param('id') id: string): Promise<ApiKey> {
    return this.uses.seen(await granted(this.keys.get(caller, id)));
  }

  @Patch(':id')
  @Operation('Changes a key. Only what is named changes.', ApiKeySchema)
  async update(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body({ schema: UpdateApiKeySchema }) change: UpdateApiKey,
  ): Promise<ApiKey> {
    return this.uses.seen(await granted(this.keys.update(caller, id, change)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('Revokes a key; its tickets, resume tokens and sockets end within a second.', null)
  async revoke(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await granted(this.keys.revoke(caller, id));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Operation('Gives a key a new secret; the old one holds for the overlap.', CreatedApiKeySchema)
  async rotate(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body({ schema: RotateApiKeySchema.prefault({}) }) { overlapSeconds }: { overlapSeconds: number },
  ): Promise<CreatedApiKey> {
    return this.uses.seen(await granted(this.keys.rotate(caller, id, overlapSeconds)));
  }
}
