import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  ChannelSchema,
  DEFAULT_TENANT,
  failure,
  FailureError,
  PageQuerySchema,
  pageSchema,
  SendThroughSchema,
  SentThroughSchema,
  type ChannelView,
  type Page,
  type PageQuery,
  type Principal,
  type SendThrough,
  type SentThrough,
} from '#libs/contracts';
import { granted, type Outcome } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { ChannelRegistry, type CountedChannel } from '../gateway/channel-registry.js';
import { Connections } from '../gateway/connections.js';
import { OutboxSender } from '../gateway/outbox-sender.js';
import { Operation } from '../operation/operation.js';
import { pageByName } from './page-by-name.js';

const LONGEST_KEY = 128;

/** The doors of this process. */
@Controller('api/v1/channels')
export class ChannelsController {
  constructor(
    private readonly registry: ChannelRegistry,
    private readonly connections: Connections,
    private readonly sender: OutboxSender,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the channels with state and counters.', pageSchema(ChannelSchema))
  list(@Caller() caller: Principal, @Query({ schema: PageQuerySchema }) page: PageQuery): Page<ChannelView> {
    return pageByName(this.registry.list().map(this.shownTo(caller)), page);
  }

  @Get(':name')
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Reads a channel.', ChannelSchema)
  get(@Caller() caller: Principal, @Param('name') name: string): ChannelView {
    return this.shownTo(caller)(this.found(name));
  }

  @Post(':name/stop')
  @HttpCode(200)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Stops a channel: whoever is inside is let go, newcomers are told to come back later.', ChannelSchema)
  stop(@Caller() caller: Principal, @Param('name') name: string): Promise<ChannelView> {
    return this.change(caller, name, 'channel.stop', () => this.registry.stop(name));
  }

  @Post(':name/start')
  @HttpCode(200)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Starts a channel.', ChannelSchema)
  start(@Caller() caller: Principal, @Param('name') name: string): Promise<ChannelView> {
    return this.change(caller, name, 'channel.start', () => this.registry.start(name));
  }

  @Post(':name/send')
  @HttpCode(202)
  @Requires(PERMISSIONS.writeControlPlane)
  @Operation('Sends a message of the gateway\'s own accord. It is on disk when this answers.', SentThroughSchema, {
    problems: ['conflict', 'idempotency_conflict', 'payload_too_large', 'overloaded'],
    headers: { 'idempotency-key': 'Under one key the same message is sent once.' },
  })
  async send(
    @Caller() caller: Principal,
    @Param('name') name: string,
    @Body({ schema: SendThroughSchema }) message: SendThrough,
    @Headers('idempotency-key') key: string | undefined,
    @Req() { id: requestId }: FastifyRequest,
  ): Promise<SentThrough> {
    if (key !== undefined && (key.length === 0 || key.length > LONGEST_KEY)) {
      const errors = [{ path: 'Idempotency-Key', message: `must have 1 to ${LONGEST_KEY} characters` }];
      throw new FailureError(failure('validation_failed', `Idempotency-Key must have 1 to ${LONGEST_KEY} characters.`, { errors }));
    }
    this.found(name);
    const act = { action: 'channel.send', target: { kind: 'channel', id: name }, after: { to: message.to } };
    return this.audit.change(caller, act, () => granted(this.sender.send(caller.tenantId, name, message, { key, requestId })));
  }

  /** Channels serve all tenants, so only the gateway's own operators change them. */
  private change(caller: Principal, name: string, action: string, make: () => Promise<Outcome<ChannelView>>): Promise<ChannelView> {
    if (caller.tenantId !== DEFAULT_TENANT) {
      throw new FailureError(failure('permission_denied', `channels serve all tenants; only the tenant ${DEFAULT_TENANT} may stop and start them`));
    }
    const { state } = this.found(name);
    const after = { state: action === 'channel.stop' ? 'stopped' : 'running' };
    return this.audit.change(caller, { action, target: { kind: 'channel', id: name }, before: { state }, after }, () => granted(make()));
  }

  /** The counters are of all tenants: others than the gateway's own see who of them is inside. */
  private shownTo({ tenantId }: Principal): (channel: CountedChannel) => ChannelView {
    if (tenantId === DEFAULT_TENANT) return (channel) => channel;
    const own = this.connections.counts(tenantId);
    return ({ name, state, delivery, startedAt }) => ({ name, state, delivery, connections: own.get(name) ?? 0, startedAt });
  }

  private found(name: string): CountedChannel {
    const channel = this.registry.get(name);
    if (channel === null) throw new FailureError(failure('not_found', 'no such channel'));
    return channel;
  }
}
