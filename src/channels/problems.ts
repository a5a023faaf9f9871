import { Injectable } from '@nestjs/common';
import { failure, toProblem, type Failure, type GatewayEvent, type Problem } from '#libs/contracts';
import { Clock, IdGenerator } from '#libs/ports';
import { Config } from '../config/config.js';
import { Log } from '../observability/log.js';
import { CommandId } from './command-id.js';
import { toldFailure } from './told-failure.js';

/** Writes failures as the doors of sockets tell them. */
@Injectable()
export class Problems {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
    private readonly log: Log,
  ) {}

  /** For a command that begins. */
  commandId(): CommandId {
    return new CommandId(this.ids);
  }

  of(told: Failure, id: CommandId = this.commandId()): Problem {
    return toProblem(told, this.config.publicUrl, id.value);
  }

  /** What an exception is told as. A fault of ours is logged under the id that `requestId` gives and tells nothing else. */
  failureOf(error: unknown, doing: string, requestId: () => string): Failure {
    const told = toldFailure(error);
    if (told !== null) return told;
    this.log.error(`${doing} failed`, { requestId: requestId(), error });
    return failure('internal', 'Something went wrong on our side.');
  }

  /** The same, as a problem. */
  ofError(error: unknown, doing: string, id: CommandId = this.commandId()): Problem {
    return this.of(this.failureOf(error, doing, () => id.value), id);
  }

  closing(told: Failure): GatewayEvent<'connection-closing'> {
    return this.closingWith(this.of(told));
  }

  closingWith(error: Problem): GatewayEvent<'connection-closing'> {
    return { type: 'connection-closing', at: this.now(), error };
  }

  commandFailed(command: string, error: Problem): GatewayEvent<'command-failed'> {
    return { type: 'command-failed', at: this.now(), command, error };
  }

  draining(reconnectAfterMs: number): GatewayEvent<'gateway-draining'> {
    return { type: 'gateway-draining', at: this.now(), reconnectAfterMs };
  }

  /** The time as events tell it. */
  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
