import { setTimeout as delay } from 'node:timers/promises';
import { isTerminal, type Accepted } from '#libs/contracts';
import { ParleyClient, ParleySocket, ProblemError, UnreachableError } from '#libs/client';
import type { Kind, Oracle } from '../oracle.js';

const AGAIN_AFTER_MS = 100;
const ANSWER_WITHIN_MS = 20_000;
const MESSAGES_OF_A_SESSION = 12;
/** Messages without an end that a client has at most. */
const AT_ONCE = 4;
/** Marks a turn whose end was heard before its acknowledgement. */
const EARLY = 'ended already: ';

/** How a client sends. */
export type Door = 'socketio' | 'http';

/** A client as it should be: writes down what it means before it sends it, sends again under the same id until it is answered, listens on its sockets. */
export class Client {
  readonly #sender: ParleySocket | ParleyClient;
  readonly #watcher: ParleySocket;
  readonly #open = new Map<string, Set<string>>();
  readonly #watched = new Map<string, Set<string>>();
  #sessionId: string | undefined;
  #last: { readonly id: string; readonly turnId: string } | null = null;
  #sent = 0;
  #sending = 0;
  #closed = false;

  constructor(
    readonly name: string,
    url: string,
    apiKey: string,
    private readonly oracle: Oracle,
    door: Door = 'socketio',
  ) {
    const options = { url, credential: { apiKey }, answerWithinMs: ANSWER_WITHIN_MS };
    this.#watcher = new ParleySocket(options);
    if (door === 'socketio') {
      this.#sender = new ParleySocket(options);
      void this.#listen(`${name}/sender`, this.#sender, this.#open);
    } else this.#sender = new ParleyClient({ url, apiKey, deadlineMs: ANSWER_WITHIN_MS });
    void this.#listen(`${name}/watcher`, this.#watcher, this.#watched);
  }

  /** What it waits for, in words; empty when every message is answered and every end has been heard on both sockets. */
  get waitsFor(): readonly string[] {
    const sending = this.#sending > 0 ? [`${this.name}: ${this.#sending} messages without an answer`] : [];
    const unheard = [...this.#open, ...this.#watched].flatMap(([sessionId, turns]) => {
      return [...turns].filter((turn) => !turn.startsWith(EARLY)).map((turn) => `${this.name}: the end of ${turn} in ${sessionId}`);
    });
    return [...sending, ...unheard];
  }

  /** Sends one message and resolves when it was answered, however often that takes. */
  async send(kind: Kind): Promise<Accepted> {
    const id = `${this.name}-${(this.#sent += 1)}`;
    if (this.#sent % MESSAGES_OF_A_SESSION === 0) this.#sessionId = undefined;
    const sessionId = this.#sessionId;
    this.oracle.intends({ id, kind, socket: `${this.name}/sender` });
    this.#sending += 1;
    try {
      const message = { id, content: `${kind} ${id}`, agent: 'chaos' };
      if (sessionId === undefined) return await this.#untilAccepted(message);
      try {
        return await this.#untilAccepted({ ...message, sessionId });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        // What was acknowledged in a session that is gone is the oracle's to find.
        this.#sessionId = undefined;
        return await this.#untilAccepted(message);
      }
    } finally {
      this.#sending -= 1;
    }
  }

  /** Sends one after another until `stop` is aborted; kinds come as `pick` says. */
  async keepSending(pick: () => Kind, stop: AbortSignal): Promise<void> {
    while (!stop.aborted && !this.#closed) {
      await this.send(pick());
      while (this.#openTurns() >= AT_ONCE && !stop.aborted) await delay(5);
    }
  }

  /** Asks for the end of the message it sent last, until that is answered. */
  async cancelLast(): Promise<void> {
    const last = this.#last;
    if (last === null) return;
    this.oracle.cancels(last.id);
    await this.#again(() => this.#watcher.cancel({ turnId: last.turnId }));
  }

  close(): void {
    this.#closed = true;
    if (this.#sender instanceof ParleySocket) this.#sender.close();
    this.#watcher.close();
  }

  async #untilAccepted(message: { readonly id: string; readonly content: string; readonly agent: string; readonly sessionId?: string }): Promise<Accepted> {
    const accepted = await this.#again(() => this.#sender.send(message));
    const { sessionId, turnId } = accepted;
    this.oracle.acknowledged(message.id, accepted);
    this.#last = { id: message.id, turnId };
    this.#sessionId ??= sessionId;
    if (!this.#watched.has(sessionId)) {
      this.#watched.set(sessionId, new Set());
      this.oracle.joined(`${this.name}/watcher`, sessionId);
      void this.#watch(sessionId);
    }
    for (const heard of this.#sender instanceof ParleySocket ? [this.#open, this.#watched] : [this.#watched]) this.#expect(heard, sessionId, turnId);
    return accepted;
  }

  async #watch(sessionId: string): Promise<void> {
    try {
      await this.#again(() => this.#watcher.join(sessionId, 0));
    } catch (error) {
      if (!this.#closed && !isNotFound(error)) throw error;
    }
  }

  /** An end may be heard before this process gets to note that it waits for it. */
  #expect(turns: Map<string, Set<string>>, sessionId: string, turnId: string): void {
    const done = `${EARLY}${turnId}`;
    const waiting = turns.get(sessionId) ?? new Set();
    turns.set(sessionId, waiting);
    if (!waiting.delete(done)) waiting.add(turnId);
  }

  #openTurns(): number {
    const awaited = this.#sender instanceof ParleySocket ? this.#open : this.#watched;
    return [...awaited.values()].reduce((sum, turns) => sum + [...turns].filter((turn) => !turn.startsWith(EARLY)).length, this.#sending);
  }

  async #again<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const mayCome = error instanceof UnreachableError || (error instanceof ProblemError && error.problem.retryable);
        if (!mayCome || this.#closed) throw error;
        await delay(AGAIN_AFTER_MS);
      }
    }
  }

  async #listen(socketName: string, socket: ParleySocket, turns: Map<string, Set<string>>): Promise<void> {
    for await (const event of socket.events) {
      this.oracle.heard(socketName, event);
      if (!isTerminal(event.type) || !('turnId' in event)) continue;
      const waiting = turns.get(event.sessionId) ?? new Set();
      turns.set(event.sessionId, waiting);
      if (!waiting.delete(event.turnId)) waiting.add(`${EARLY}${event.turnId}`);
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.code === 'not_found';
}
