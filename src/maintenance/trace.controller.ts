import { Controller, Get, Param } from '@nestjs/common';
import { TraceSchema, type Principal, type Trace } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { Operation } from '../operation/operation.js';
import { MessageTrace } from './message-trace.js';

@Controller('api/v1/messages')
export class TraceController {
  constructor(private readonly trace: MessageTrace) {}

  @Get(':id/trace')
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Tells the life of a message: accepted, queued, started, each step, ended, delivered, with times and reasons.', TraceSchema)
  of(@Caller() caller: Principal, @Param('id') id: string): Promise<Trace> {
    return this.trace.of(caller, id);
  }
}
