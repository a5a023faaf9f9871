import { Injectable } from '@nestjs/common';
import { failure, FailureError, toProblem, type Failure, type GatewayEvent, type Problem } from '#libs/contracts';
import { Clock, IdGenerator, StorageError } from '#libs/ports';
import { Config } from '../../config/config.js';
import { Log } from '../../observability/log.js';
import { CommandId } from '../command-id.js';

const STORAGE_RETRY_AFTER_MS = 1000;

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

  of(told: Failure, id: CommandId = this.commandId()): Problem {
    return toProblem(told, this.config.publicUrl, id.value);
  }

  /** What an exception is told as. A fault of ours is logged under the id and tells nothing else. */
  failureOf(error: unknown, doing: string, id: string): Failure {
    if (error instanceof FailureError) return error.failure;
    if (error instanceof StorageError) {
      return failure('storage_unavailable', 'The store could not be reached; nothing was changed.', { retryAfterMs: STORAGE_RETRY_AFTER_MS });
    }
    this.log.error(`${doing} failed`, { channel: 'websocket', requestId: id, error });
    return failure('internal', 'Something went wrong on our side.');
  }

  closing(told: Failure, id?: CommandId): GatewayEvent<'connection-closing'> {
    return { type: 'connection-closing', at: this.now(), error: this.of(told, id) };
  }

  commandFailed(command: string, told: Failure, id: CommandId): GatewayEvent<'command-failed'> {
    return { type: 'command-failed', at: this.now(), command, error: this.of(told, id) };
  }

  draining(reconnectAfterMs: number): GatewayEvent<'gateway-draining'> {
    return { type: 'gateway-draining', at: this.now(), reconnectAfterMs };
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
