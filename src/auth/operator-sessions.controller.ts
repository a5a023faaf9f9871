import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  OperatorSessionQuerySchema,
  OperatorSessionSchema,
  pageSchema,
  type OperatorSessionQuery,
  type OperatorSessionView,
  type Page,
  type Principal,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Operation } from '../operation/operation.js';
import { Requires } from './access.js';
import { Caller } from './caller.js';
import { OperatorSessionDesk } from './operator-session-desk.js';

@Controller('api/v1/operator-sessions')
@Requires(PERMISSIONS.ownSignIns)
export class OperatorSessionsController {
  constructor(private readonly desk: OperatorSessionDesk) {}

  @Get()
  @Operation('Lists who is signed in, newest first: to admins all operators of the tenant, to others themselves.', pageSchema(OperatorSessionSchema))
  list(@Caller() caller: Principal, @Query({ schema: OperatorSessionQuerySchema }) query: OperatorSessionQuery): Promise<Page<OperatorSessionView>> {
    return granted(this.desk.list(caller, query));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('Signs out one session: an own one, or as admin any of the tenant. Its sockets end within a second.', null)
  async end(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await granted(this.desk.end(caller, id));
  }
}
