import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  AgentHealthSchema,
  AgentSchema,
  CreateAgentSchema,
  FailureError,
  PageQuerySchema,
  pageSchema,
  UpdateAgentSchema,
  type AgentHealthView,
  type AgentView,
  type CreateAgent,
  type Page,
  type PageQuery,
  type Principal,
  type UpdateAgent,
} from '#libs/contracts';
import { granted, type Outcome } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { Agents } from './agents.js';

/** What answers, and how it does. */
@Controller('api/v1/control-plane')
@Requires(PERMISSIONS.writeControlPlane)
export class AgentsController {
  constructor(private readonly agents: Agents) {}

  @Get('agents')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the agents: those of the gateway, then the newest.', pageSchema(AgentSchema))
  list(@Caller() caller: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Page<AgentView> {
    return valueOf(this.agents.list(caller, { limit, cursor: cursor ?? null }));
  }

  @Post('agents')
  @Operation('Registers an agent. It answers once it is deployed.', AgentSchema, { problems: ['conflict'] })
  create(@Caller() caller: Principal, @Body({ schema: CreateAgentSchema }) wish: CreateAgent): Promise<AgentView> {
    return granted(this.agents.create(caller, wish));
  }

  @Get('agents/:id')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Reads an agent.', AgentSchema)
  get(@Caller() caller: Principal, @Param('id') id: string): AgentView {
    return valueOf(this.agents.get(caller, id));
  }

  @Patch('agents/:id')
  @Operation('Changes an agent; its next turn is run with it. Only what is named changes.', AgentSchema, { problems: ['conflict'] })
  update(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: UpdateAgentSchema }) wish: UpdateAgent): Promise<AgentView> {
    return granted(this.agents.update(caller, id, wish));
  }

  @Delete('agents/:id')
  @HttpCode(204)
  @Operation('Takes an agent away that is not deployed.', null, { problems: ['conflict'] })
  async remove(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await granted(this.agents.remove(caller, id));
  }

  @Post('agents/:id/heartbeat')
  @HttpCode(200)
  @Operation('Says that an agent lives.', AgentHealthSchema)
  heartbeat(@Caller() caller: Principal, @Param('id') id: string): AgentHealthView {
    return valueOf(this.agents.heartbeat(caller, id));
  }

  @Get('health')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Tells how the agents do.', pageSchema(AgentHealthSchema))
  health(@Caller() caller: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Page<AgentHealthView> {
    const { items, nextCursor } = valueOf(this.agents.list(caller, { limit, cursor: cursor ?? null }));
    return { items: items.map((agent) => agent.health), nextCursor };
  }

  @Get('health/:id')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Tells how an agent does.', AgentHealthSchema)
  healthOf(@Caller() caller: Principal, @Param('id') id: string): AgentHealthView {
    return valueOf(this.agents.get(caller, id)).health;
  }
}

function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (!outcome.ok) throw new FailureError(outcome.failure);
  return outcome.value;
}
