import type { Accepted, GatewayEvent } from '#libs/contracts';
import { doubtfulTurns, endsByTurn, judgeOrder, MAX_ATTEMPTS, type Stored, type StoredEvent, type TerminalEvent } from './stored-events.js';
import { ZEROS, type Broken, type Verdict, type Zero } from './verdict.js';

/** `keyed` and `bare` have the agent call a service that knows idempotency keys, or that does not; the others call nothing. */
export type Kind = 'plain' | 'phased' | 'long' | 'keyed' | 'bare';

/** What a client is about to send; written down before it is sent. Its `id` is also what the agent hands to the service. */
export interface Intent {
  readonly id: string;
  readonly kind: Kind;
  /** The socket that sends it. */
  readonly socket: string;
}

/** One call that reached the service; `effect` when it did something there. */
export interface Attempt {
  readonly marker: string;
  readonly key: string | null;
  readonly effect: boolean;
  /** When the service came to it, in milliseconds since the epoch: on a busy machine its caller may be dead by then. */
  readonly at: number;
  /** The process that made it, where it says so. */
  readonly caller?: number;
}

interface Acknowledgement extends Accepted {
  readonly intent: Intent;
}

interface Crash {
  readonly at: number;
  /** The same time, where it was at once. */
  readonly until: number;
  readonly pid: number | undefined;
}

/** A socket as the oracle knows it: what it may hear, and what it has heard. */
interface Ear {
  readonly joined: Set<string>;
  readonly heard: GatewayEvent[];
}

/** Keeps what clients meant, were told and heard, and says afterwards which promises were broken. Knows nothing of how the gateway works. */
export class Oracle {
  readonly #intents = new Map<string, Intent>();
  readonly #acks: Acknowledgement[] = [];
  readonly #ears = new Map<string, Ear>();
  readonly #crashes: Crash[] = [];
  readonly #cancels = new Set<string>();
  #comparesTimes: boolean;

  /** `comparesTimes`: events, calls and crashes are timed by one clock, so that what lies between two of them can be judged. */
  constructor({ comparesTimes = false }: { readonly comparesTimes?: boolean } = {}) {
    this.#comparesTimes = comparesTimes;
  }

  /** The gateway's clock is set, so that the times of its events say nothing any more. */
  clockJumps(): void {
    this.#comparesTimes = false;
  }

  intends(intent: Intent): void {
    this.#intents.set(intent.id, intent);
  }

  /** The client does not want this one any more: being cancelled is an end like any other. */
  cancels(id: string): void {
    this.#cancels.add(id);
  }

  acknowledged(id: string, accepted: Accepted): void {
    const intent = this.#intents.get(id);
    if (intent === undefined) throw new Error(`${id} was acknowledged and never sent`);
    this.#acks.push({ ...accepted, intent });
  }

  joined(socket: string, sessionId: string): void {
    this.#ear(socket).joined.add(sessionId);
  }

  heard(socket: string, event: GatewayEvent): void {
    this.#ear(socket).heard.push(event);
  }

  /** The gateway stopped working, was stalled, or was failed by its store, at this time (ms since the epoch); `pid` is the process that has ended. */
  crashed(at: number, pid?: number): void {
    this.#crashes.push({ at, until: at, pid });
  }

  /** The store took nothing, or not everything, from one time to another (ms since the epoch): what was under way starts again. */
  storeFailed(from: number, until: number): void {
    this.#crashes.push({ at: from, until, pid: undefined });
  }

  /** How many messages were acknowledged. */
  get accepted(): number {
    return new Set(this.#acks.map(({ messageId }) => messageId)).size;
  }

  get sessions(): ReadonlySet<string> {
    return new Set(this.#acks.map(({ sessionId }) => sessionId));
  }

  /** To be asked after quiet. */
  judge(stored: Stored, attempts: readonly Attempt[]): Verdict {
    const violations = new Map<Zero, string[]>(ZEROS.map((zero) => [zero, []]));
    const broken = (zero: Zero, what: string) => violations.get(zero)?.push(what);
    const ends = endsByTurn(stored);
    this.#judgeAcks(ends, broken);
    for (const [sessionId, events] of stored) judgeOrder(sessionId, events, broken);
    const repeatedCalls = this.#judgeCalls(attempts, ends, broken);
    const startedAgain = this.#judgeStarts(stored, broken);
    if (this.#comparesTimes) judgeAnswered(stored, attempts, this.#acks, broken);
    this.#judgeReplies(stored, ends, broken);
    for (const [socket, ear] of this.#ears) this.#judgeEar(socket, ear, stored, broken);
    const turns = { completed: 0, failed: 0, cancelled: 0 };
    for (const end of [...ends.values()].flat()) turns[STATES[end.type]] += 1;
    return { violations, repeatedCalls, startedAgain, turns };
  }

  #ear(socket: string): Ear {
    let ear = this.#ears.get(socket);
    if (ear === undefined) this.#ears.set(socket, (ear = { joined: new Set(), heard: [] }));
    return ear;
  }

  #judgeAcks(ends: ReadonlyMap<string, readonly TerminalEvent[]>, broken: Broken): void {
    const messages = new Map<string, string>();
    for (const { intent, messageId, turnId } of this.#acks) {
      const before = messages.get(intent.id);
      if (before !== undefined && before !== messageId) broken('one id, two messages', `${intent.id}: ${before} and ${messageId}`);
      messages.set(intent.id, messageId);
      if (ends.get(turnId) === undefined) broken('accepted without an end', `${intent.id} (turn ${turnId})`);
    }
    for (const { id } of this.#intents.values()) if (!messages.has(id)) broken('sent and never answered', id);
    for (const [turnId, all] of ends) if (all.length > 1) broken('two ends', `${turnId}: ${all.map(({ type }) => type).join(', ')}`);
  }

  #judgeCalls(attempts: readonly Attempt[], ends: ReadonlyMap<string, readonly TerminalEvent[]>, broken: Broken): string[] {
    const repeated: string[] = [];
    for (const [marker, calls] of Map.groupBy(attempts, ({ marker }) => marker)) {
      const intent = this.#intents.get(marker);
      if (intent === undefined || (intent.kind !== 'keyed' && intent.kind !== 'bare')) broken('effects without intent', marker);
      if (calls.filter(({ effect }) => effect).length > 1) broken('two effects under one message', marker);
      for (const [index, call] of calls.entries()) {
        const before = calls[index - 1];
        if (before === undefined) continue;
        if (this.#crashedBetween(before.at, call.at) || this.#outlived(before, call)) repeated.push(`${marker}: attempt ${index + 1}`);
        else broken('repeats without a crash', `${marker}: attempt ${index + 1}`);
      }
    }
    const called = new Set(attempts.map(({ marker }) => marker));
    for (const { intent, turnId } of this.#acks) {
      const end = ends.get(turnId)?.[0];
      if (end === undefined || (intent.kind !== 'keyed' && intent.kind !== 'bare')) continue;
      if (end.type === 'turn-completed' && !called.has(intent.id)) broken('completed without its effect', intent.id);
    }
    return repeated;
  }

  /** A turn starts again after a crash only, and what of it was stored last says where that crash fell. */
  #judgeStarts(stored: Stored, broken: Broken): Map<string, number> {
    const windows = new Map<string, number>();
    const lastOf = new Map<string, StoredEvent>();
    for (const event of [...stored.values()].flat()) {
      if (!('seq' in event) || !('turnId' in event)) continue;
      const before = lastOf.get(event.turnId);
      lastOf.set(event.turnId, event);
      if (event.type !== 'turn-started' || event.attempt === 1 || before === undefined) continue;
      windows.set(before.type, (windows.get(before.type) ?? 0) + 1);
      if (this.#comparesTimes && !this.#crashedBetween(Date.parse(before.at), Date.parse(event.at))) {
        broken('started again without a crash', `${event.turnId}: attempt ${event.attempt}`);
      }
    }
    return windows;
  }

  #crashedBetween(from: number, to: number): boolean {
    return this.#crashes.some(({ at, until }) => from <= until && at <= to);
  }

  /** Whether who made the first call had ended before another made the second. */
  #outlived({ caller }: Attempt, next: Attempt): boolean {
    if (caller === undefined || next.caller === caller) return false;
    return this.#crashes.some(({ at, pid }) => pid === caller && at <= next.at);
  }

  #judgeReplies(stored: Stored, ends: ReadonlyMap<string, readonly TerminalEvent[]>, broken: Broken): void {
    const all = [...stored.values()].flat();
    const starts = Map.groupBy(all.filter((event) => event.type === 'turn-started'), ({ turnId }) => turnId);
    const unknownCalls = doubtfulTurns(all);
    for (const { intent, turnId } of new Map(this.#acks.map((ack) => [ack.turnId, ack])).values()) {
      const end = ends.get(turnId)?.[0];
      if (end === undefined) continue;
      const doubtful = unknownCalls.has(turnId) && intent.kind === 'bare';
      if (end.type === 'turn-completed') {
        if (doubtful) broken('doubtful calls that did not fail', `${intent.id}: completed`);
        if (end.content !== replyTo(intent)) broken('wrong replies', `${intent.id}: ${end.content.slice(0, 80)}`);
      } else if (end.type === 'turn-failed') {
        const cutOff = (starts.get(turnId)?.length ?? 0) >= MAX_ATTEMPTS;
        if (end.error.code !== 'execution_failed') broken('failed without a reason', `${intent.id}: ${end.error.code} ${end.error.detail}`);
        else if (!doubtful && !cutOff) broken('failed without a reason', `${intent.id}: ${end.error.detail}`);
      } else if (!this.#cancels.has(intent.id)) broken('failed without a reason', `${intent.id}: cancelled by nobody`);
    }
  }

  #judgeEar(socket: string, { joined, heard }: Ear, stored: Stored, broken: Broken): void {
    const own = new Set(this.#acks.filter(({ intent }) => intent.socket === socket).map(({ turnId }) => turnId));
    const lastSeq = new Map<string, number>();
    const texts = new Map<string, number>();
    for (const event of heard) {
      if (!('sessionId' in event)) continue;
      const turnId = 'turnId' in event ? event.turnId : undefined;
      const mayHear = joined.has(event.sessionId) || (turnId !== undefined && own.has(turnId));
      if (!mayHear) broken('events on a wrong socket', `${socket}: ${event.type} of ${event.sessionId}`);
      if (event.type === 'turn-started') texts.set(event.turnId, 0);
      if (event.type === 'text-delta') {
        if (event.offset > (texts.get(event.turnId) ?? 0)) broken('holes in streamed text', `${socket}: ${event.turnId} at ${event.offset}`);
        texts.set(event.turnId, event.offset + event.text.length);
      }
      if (!('seq' in event)) continue;
      // Who joined hears a session in its order; who only sent hears each of its turns in order.
      const line = joined.has(event.sessionId) ? event.sessionId : (turnId ?? event.sessionId);
      if (event.seq <= (lastSeq.get(line) ?? 0)) broken('events heard twice or out of order', `${socket}: ${event.type} ${event.seq} of ${event.sessionId}`);
      lastSeq.set(line, event.seq);
      const kept = stored.get(event.sessionId)?.[event.seq - 1];
      if (JSON.stringify(kept) !== JSON.stringify(event)) broken('events heard that are not stored', `${socket}: ${event.type} ${event.seq} of ${event.sessionId}`);
    }
  }
}

/** A call whose answer is stored is not made again. */
function judgeAnswered(stored: Stored, attempts: readonly Attempt[], acks: readonly Acknowledgement[], broken: Broken): void {
  const answeredAt = new Map<string, number>();
  for (const event of [...stored.values()].flat()) if (event.type === 'tool-finished') answeredAt.set(event.turnId, Date.parse(event.at));
  const turnOf = new Map(acks.map(({ intent, turnId }) => [intent.id, turnId]));
  for (const { marker, at } of attempts) {
    const answered = answeredAt.get(turnOf.get(marker) ?? '');
    if (answered !== undefined && at > answered) broken('repeats of an answered call', marker);
  }
}

const STATES = { 'turn-completed': 'completed', 'turn-failed': 'failed', 'turn-cancelled': 'cancelled' } as const;

/** The agent's answer, from its script. */
function replyTo({ id, kind }: Intent): string {
  if (kind === 'long') return `Long ${id}. ${'abcdefgh '.repeat(300)}`;
  return kind === 'keyed' || kind === 'bare' ? `Working on ${id}. Done ${id}.` : `Said ${id}.`;
}
