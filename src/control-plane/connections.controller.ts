import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  ConnectionQuerySchema,
  ConnectionSchema,
  failure,
  FailureError,
  pageSchema,
  type ConnectionQuery,
  type ConnectionView,
  type Page,
  type Principal,
} from '#libs/contracts';
import { BAD_CURSOR } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Connections } from '../gateway/connections.js';
import { Operation } from '../operation/operation.js';

/** Who is connected now. */
@Controller('api/v1/connections')
export class ConnectionsController {
  constructor(
    private readonly connections: Connections,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the open sockets and streams of the tenant, newest first.', pageSchema(ConnectionSchema))
  list(@Caller() { tenantId }: Principal, @Query({ schema: ConnectionQuerySchema }) query: ConnectionQuery): Page<ConnectionView> {
    const { limit, cursor, sessionId } = query;
    const page = this.connections.list(tenantId, { limit, cursor: cursor ?? null }, sessionId);
    if (page === 'bad_cursor') throw new FailureError(BAD_CURSOR);
    return page;
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Closes a connection. Its client is told why and does not come back by itself.', null, { problems: ['not_found'] })
  async cut(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    const before = this.connections.find(id, caller.tenantId);
    if (before === null) throw new FailureError(failure('not_found', 'no such connection'));
    const act = { action: 'connection.cut', target: { kind: 'connection', id }, before };
    await this.audit.change(caller, act, async () => this.connections.cut(id, caller.tenantId));
  }
}
