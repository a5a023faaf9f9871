import { Body, Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import {
  failure,
  FailureError,
  SendThroughSchema,
  type ChannelView,
  type Page,
  type Principal,
  type SendThrough,
  type SentThrough,
} from '#libs/contracts';
import { granted, type Outcome } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { ChannelRegistry } from '../gateway/channel-registry.js';
import { OutboxSender } from '../gateway/outbox-sender.js';
import { Log } from '../observability/log.js';

const LONGEST_KEY = 128;

/** The doors of this process. */
@Controller('api/v1/channels')
export class ChannelsController {
  constructor(
    private readonly registry: ChannelRegistry,
    private readonly sender: OutboxSender,
    private readonly log: Log,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  list(): Page<ChannelView> {
    return { items: this.registry.list(), nextCursor: null };
  }

  @Get(':name')
  @Requires(PERMISSIONS.readControlPlane)
  get(@Param('name') name: string): ChannelView {
    const channel = this.registry.get(name);
    if (channel === null) throw new FailureError(failure('not_found', 'no such channel'));
    return channel;
  }

  @Post(':name/stop')
  @HttpCode(200)
  @Requires(PERMISSIONS.writeControlPlane)
  stop(@Caller() caller: Principal, @Param('name') name: string): Promise<ChannelView> {
    return this.changed(caller, name, 'stopped', this.registry.stop(name));
  }

  @Post(':name/start')
  @HttpCode(200)
  @Requires(PERMISSIONS.writeControlPlane)
  start(@Caller() caller: Principal, @Param('name') name: string): Promise<ChannelView> {
    return this.changed(caller, name, 'started', this.registry.start(name));
  }

  @Post(':name/send')
  @HttpCode(202)
  @Requires(PERMISSIONS.writeControlPlane)
  send(
    @Caller() { tenantId }: Principal,
    @Param('name') name: string,
    @Body({ schema: SendThroughSchema }) message: SendThrough,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<SentThrough> {
    if (key !== undefined && (key.length === 0 || key.length > LONGEST_KEY)) {
      const errors = [{ path: 'Idempotency-Key', message: `must have 1 to ${LONGEST_KEY} characters` }];
      throw new FailureError(failure('validation_failed', `Idempotency-Key must have 1 to ${LONGEST_KEY} characters.`, { errors }));
    }
    return granted(this.sender.send(tenantId, name, message, key));
  }

  private async changed({ kind, id }: Principal, name: string, change: string, made: Promise<Outcome<ChannelView>>): Promise<ChannelView> {
    const channel = await granted(made);
    this.log.info(`channel ${change}`, { channel: name, by: { kind, id } });
    return channel;
  }
}
