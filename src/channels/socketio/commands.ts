import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { Gateway, GatewayWatch, invalid, ok, refused, type Outcome } from '#libs/channel-sdk';
import { CancelTurnSchema, ERRORS, failure, JoinSessionSchema, LeaveSessionSchema, SendMessageSchema, UnwatchGatewaySchema, WatchGatewaySchema, type Failure, type Problem } from '#libs/contracts';
import { commandRefusal } from '#libs/policy';
import { RefusalCounts } from '../../audit/refusal-counts.js';
import type { CommandId } from '../command-id.js';
import { Problems } from '../problems.js';
import type { Connection } from './connection.js';
import { MALFORMED } from './packet-decoder.js';

/** Commands of one connection that may wait for their answers at once. */
const MAX_COMMANDS = 256;
const BUSY_RETRY_AFTER_MS = 500;
const MAX_NAME_LENGTH = 128;

/** Answers one command: with an ack where the client asked for one, else silence when it went well and `command-failed` when not. */
interface Call {
  readonly connection: Connection;
  readonly name: string;
  readonly ackId: number | undefined;
  readonly id: CommandId;
  answered: boolean;
}

/** Reads commands by schema, asks the gateway, answers. The answer goes out before the events that follow from it. */
@Injectable()
export class Commands {
  /** Messages that were accepted here. */
  messagesIn = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly watching: GatewayWatch,
    private readonly problems: Problems,
    private readonly refusals: RefusalCounts,
  ) {}

  /** What a packet asked for; never throws. */
  take(connection: Connection, name: string | symbol, argumentsOrWhy: unknown, ackId: number | undefined): void {
    if (connection.closing) return;
    const call: Call = { connection, name: typeof name === 'string' ? name.slice(0, MAX_NAME_LENGTH) : '', ackId, id: this.problems.commandId(), answered: false };
    if (name === MALFORMED) {
      this.#refuse(call, argumentsOrWhy as Failure);
      return;
    }
    if (connection.commands >= MAX_COMMANDS) {
      const detail = `${MAX_COMMANDS} commands of this connection wait for their answers.`;
      this.#refuse(call, failure('overloaded', detail, { retryAfterMs: BUSY_RETRY_AFTER_MS }));
      return;
    }
    connection.commands += 1;
    void this.#answer(call, argumentsOrWhy as readonly unknown[]);
  }

  async #answer(call: Call, args: readonly unknown[]): Promise<void> {
    try {
      const outcome = await this.#run(call, args);
      if (!outcome.ok) this.#refuse(call, outcome.failure);
    } catch (error) {
      this.#fault(call, this.problems.ofError(error, `the command ${call.name}`, call.id));
    } finally {
      call.connection.commands -= 1;
    }
  }

  #run(call: Call, args: readonly unknown[]): Promise<Outcome<unknown>> | Outcome<unknown> {
    if (args.length !== 1) return refused(failure('validation_failed', 'A command takes exactly one payload, an object.'));
    const notAllowed = commandRefusal(call.connection.principal, call.name);
    if (notAllowed !== null) return refused(notAllowed);
    switch (call.name) {
      case 'send-message':
        return this.#send(call, args[0]);
      case 'cancel-turn':
        return this.#cancel(call, args[0]);
      case 'join-session':
        return this.#join(call, args[0]);
      case 'leave-session':
        return this.#leave(call, args[0]);
      case 'watch-gateway':
        return this.#watch(call, args[0]);
      case 'unwatch-gateway':
        return this.#unwatch(call, args[0]);
      default:
        return refused(failure('validation_failed', `There is no command named ${call.name}.`));
    }
  }

  async #send(call: Call, payload: unknown): Promise<Outcome<unknown>> {
    const message = read(SendMessageSchema, payload);
    if (!message.ok) return message;
    const { connection } = call;
    const via = { channel: 'socketio', subscriber: connection, requestId: call.id.value };
    return this.gateway.send(connection.principal, message.value, via, ({ accepted }) => {
      this.messagesIn += 1;
      this.#accept(call, accepted);
    });
  }

  async #cancel(call: Call, payload: unknown): Promise<Outcome<unknown>> {
    const target = read(CancelTurnSchema, payload);
    if (!target.ok) return target;
    const cancelled = await this.gateway.cancel(call.connection.principal, target.value);
    if (cancelled.ok) this.#accept(call, cancelled.value);
    return cancelled;
  }

  async #join(call: Call, payload: unknown): Promise<Outcome<unknown>> {
    const command = read(JoinSessionSchema, payload);
    if (!command.ok) return command;
    const { connection } = call;
    const grant = await this.gateway.join(connection.principal, command.value, connection);
    if (!grant.ok) return grant;
    this.#accept(call, grant.value.joined);
    await connection.replay(() => grant.value.follow());
    return grant;
  }

  async #leave(call: Call, payload: unknown): Promise<Outcome<unknown>> {
    const command = read(LeaveSessionSchema, payload);
    if (!command.ok) return command;
    const { connection } = call;
    const left = await this.gateway.leave(connection.principal, command.value, connection);
    if (!left.ok) return left;
    this.#accept(call, {});
    return left;
  }

  async #watch(call: Call, payload: unknown): Promise<Outcome<unknown>> {
    const command = read(WatchGatewaySchema, payload);
    if (!command.ok) return command;
    const { connection } = call;
    const grant = await this.watching.watch(connection.principal, command.value, connection);
    if (!grant.ok) return grant;
    this.#accept(call, grant.value.watching);
    grant.value.follow();
    return grant;
  }

  #unwatch(call: Call, payload: unknown): Outcome<unknown> {
    const command = read(UnwatchGatewaySchema, payload);
    if (!command.ok) return command;
    this.watching.unwatch(call.connection);
    this.#accept(call, {});
    return command;
  }

  #accept(call: Call, result: object): void {
    call.answered = true;
    if (call.ackId !== undefined) call.connection.ack(call.ackId, { ok: true, ...result });
  }

  /** A replay that broke off after its answer leaves a gap: the client has to come back for the rest. */
  #fault(call: Call, error: Problem): void {
    if (call.answered) call.connection.close(this.problems.closingWith(error), 'come-back');
    else this.#tell(call, error);
  }

  #refuse(call: Call, why: Failure): void {
    this.refusals.note(call.connection.address, ERRORS[why.code].status, call.connection.principal);
    this.#tell(call, this.problems.of(why, call.id));
  }

  #tell({ connection, name, ackId }: Call, error: Problem): void {
    if (ackId === undefined) connection.emit(this.problems.commandFailed(name, error));
    else connection.ack(ackId, { ok: false, error });
  }
}

function read<Value>(schema: z.ZodType<Value>, payload: unknown): Outcome<Value> {
  const parsed = schema.safeParse(payload);
  return parsed.success ? ok(parsed.data) : refused(invalid(parsed.error.issues));
}
