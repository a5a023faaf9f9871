import { Injectable } from '@nestjs/common';
import { failure, toProblem, type Failure, type GatewayEvent, type Problem } from '#libs/contracts';
import { Clock, IdGenerator } from '#libs/ports';
import { Config } from '../../config/config.js';
import { Log } from '../../observability/log.js';
import { CommandId } from '../command-id.js';
import { failureOf } from './failure-of.js';

/** Writes failures as this door tells them. */
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

  of(failure: Failure, id: CommandId = this.commandId()): Problem {
    return toProblem(failure, this.config.publicUrl, id.value);
  }

  /** The problem of an exception. A fault of ours is logged under the problem's `requestId` and tells nothing else. */
  ofError(error: unknown, doing: string, id: CommandId = this.commandId()): Problem {
    const known = failureOf(error);
    if (known !== null) return this.of(known, id);
    const problem = this.of(failure('internal', 'Something went wrong in the gateway.'), id);
    this.log.error(`${doing} failed`, { requestId: problem.requestId, error });
    return problem;
  }

  closing(failure: Failure): GatewayEvent<'connection-closing'> {
    return { type: 'connection-closing', at: this.now(), error: this.of(failure) };
  }

  commandFailed(command: string, error: Problem): GatewayEvent<'command-failed'> {
    return { type: 'command-failed', at: this.now(), command, error };
  }

  /** The time as events tell it. */
  now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
