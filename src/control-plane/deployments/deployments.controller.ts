import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  CreateDeploymentSchema,
  DeploymentSchema,
  PageQuerySchema,
  pageSchema,
  ScaleDeploymentSchema,
  type CreateDeployment,
  type Deployment,
  type Page,
  type PageQuery,
  type Principal,
  type ScaleDeployment,
} from '#libs/contracts';
import { granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { Deployments } from './deployments.js';

/** Agents at work: how many turns each may run at once, and whether it runs any. */
@Controller('api/v1/control-plane/deployments')
@Requires(PERMISSIONS.writeControlPlane)
export class DeploymentsController {
  constructor(private readonly deployments: Deployments) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the deployments, newest first.', pageSchema(DeploymentSchema))
  list(@Caller() caller: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Promise<Page<Deployment>> {
    return granted(this.deployments.list(caller, { limit, cursor: cursor ?? null }));
  }

  @Post()
  @Operation('Puts an agent to work.', DeploymentSchema, { problems: ['not_found', 'conflict'] })
  create(@Caller() caller: Principal, @Body({ schema: CreateDeploymentSchema }) wish: CreateDeployment): Promise<Deployment> {
    return granted(this.deployments.create(caller, wish));
  }

  @Get(':id')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Reads a deployment.', DeploymentSchema)
  get(@Caller() caller: Principal, @Param('id') id: string): Promise<Deployment> {
    return granted(this.deployments.get(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('Takes a stopped deployment away of which nothing waits or runs.', null, { problems: ['conflict'] })
  async remove(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await granted(this.deployments.remove(caller, id));
  }

  @Post(':id/scale')
  @HttpCode(200)
  @Operation('Sets how many turns it may run at once. Running turns go on.', DeploymentSchema)
  scale(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: ScaleDeploymentSchema }) { replicas }: ScaleDeployment): Promise<Deployment> {
    return granted(this.deployments.scale(caller, id, replicas));
  }

  @Post(':id/stop')
  @HttpCode(200)
  @Operation('Parks its messages from now on. Running turns go on; nothing is lost.', DeploymentSchema)
  stop(@Caller() caller: Principal, @Param('id') id: string): Promise<Deployment> {
    return granted(this.deployments.stop(caller, id));
  }

  @Post(':id/start')
  @HttpCode(200)
  @Operation('Runs its messages again, the parked ones first.', DeploymentSchema)
  start(@Caller() caller: Principal, @Param('id') id: string): Promise<Deployment> {
    return granted(this.deployments.start(caller, id));
  }

  @Post(':id/restart')
  @HttpCode(200)
  @Operation('Lets its running turns end, then begins anew.', DeploymentSchema)
  restart(@Caller() caller: Principal, @Param('id') id: string): Promise<Deployment> {
    return granted(this.deployments.restart(caller, id));
  }
}
