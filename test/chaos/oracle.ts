import { isTerminal, type Accepted, type GatewayEvent } from '#libs/contracts';

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
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the store says after quiet: the events of each session, as a reader who comes late is told them. */
export type Stored = ReadonlyMap<string, readonly GatewayEvent[]>;

/** What must not happen, whatever else does. Each is counted, with what it was that happened. */
export const ZEROS = [
  'sent and never answered',
  'accepted without an end',
  'two ends',
  'one id, two messages',
  'two effects under one message',
  'completed without its effect',
  'effects without intent',
  'repeats without a crash',
  'doubtful calls that did not fail',
  'failed without a reason',
  'wrong replies',
  'out of order in a session',
  'events on a wrong socket',
  'events heard that are not stored',
  'events heard twice or out of order',
  'holes in streamed text',
] as const;
export type Zero = (typeof ZEROS)[number];

export interface Verdict {
  readonly violations: ReadonlyMap<Zero, readonly string[]>;
  /** Calls that were attempted more than once, each after a crash: allowed, and told. */
  readonly repeatedCalls: readonly string[];
  readonly turns: { readonly completed: number; readonly failed: number; readonly cancelled: number };
}

type TerminalEvent = GatewayEvent<'turn-completed'> | GatewayEvent<'turn-failed'> | GatewayEvent<'turn-cancelled'>;

interface Acknowledgement extends Accepted {
  readonly intent: Intent;
}

/** A socket as the oracle knows it: what it may hear, and what it has heard. */
interface Ear {
  readonly joined: Set<string>;
  readonly heard: GatewayEvent[];
}

const MAX_ATTEMPTS = 3;

/** Keeps what clients meant, were told and heard, and says afterwards which promises were broken. Knows nothing of how the gateway works. */
export class Oracle {
  readonly #intents = new Map<string, Intent>();
  readonly #acks: Acknowledgement[] = [];
  readonly #ears = new Map<string, Ear>();
  readonly #crashes: number[] = [];
  readonly #cancels = new Set<string>();

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

  /** The gateway stopped working, was stalled, or was failed by its store, at this time (ms since the epoch). */
  crashed(at: number): void {
    this.#crashes.push(at);
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
    this.#judgeReplies(stored, ends, broken);
    for (const [socket, ear] of this.#ears) this.#judgeEar(socket, ear, stored, broken);
    const turns = { completed: 0, failed: 0, cancelled: 0 };
    for (const end of [...ends.values()].flat()) turns[STATES[end.type]] += 1;
    return { violations, repeatedCalls, turns };
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
      for (const [index, { at }] of calls.entries()) {
        const before = calls[index - 1];
        if (before === undefined) continue;
        if (this.#crashes.some((crash) => before.at <= crash && crash <= at)) repeated.push(`${marker}: attempt ${index + 1}`);
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

type Broken = (zero: Zero, what: string) => void;

const STATES = { 'turn-completed': 'completed', 'turn-failed': 'failed', 'turn-cancelled': 'cancelled' } as const;

/** The agent's answer, from its script. */
function replyTo({ id, kind }: Intent): string {
  if (kind === 'long') return `Long ${id}. ${'abcdefgh '.repeat(300)}`;
  return kind === 'keyed' || kind === 'bare' ? `Working on ${id}. Done ${id}.` : `Said ${id}.`;
}

function isEnd(event: GatewayEvent): event is TerminalEvent {
  return isTerminal(event.type);
}

function endsByTurn(stored: Stored): Map<string, TerminalEvent[]> {
  return Map.groupBy([...stored.values()].flat().filter(isEnd), ({ turnId }) => turnId);
}

/** Turns that were started again while the end of a call was not known. */
function doubtfulTurns(events: readonly GatewayEvent[]): Set<string> {
  const open = new Map<string, string>();
  const doubtful = new Set<string>();
  for (const event of events) {
    if (event.type === 'tool-called') open.set(event.callId, event.turnId);
    if (event.type === 'tool-finished') open.delete(event.callId);
    if (event.type === 'turn-started' && [...open.values()].includes(event.turnId)) doubtful.add(event.turnId);
    if (isEnd(event) && [...open.values()].includes(event.turnId)) doubtful.add(event.turnId);
  }
  return doubtful;
}

/** Numbered without a gap; turns start in the order of acceptance, one after another, their attempts 1, 2, 3. */
function judgeOrder(sessionId: string, events: readonly GatewayEvent[], broken: Broken): void {
  const wrong = (what: string) => broken('out of order in a session', `${sessionId}: ${what}`);
  const waiting: string[] = [];
  const attempts = new Map<string, number>();
  let running: string | null = null;
  for (const [index, event] of events.entries()) {
    if ('seq' in event && event.seq !== index + 1) wrong(`seq ${event.seq} in place ${index + 1}`);
    if (event.type === 'message-accepted') waiting.push(event.turnId);
    else if (event.type === 'turn-started') {
      if (event.turnId !== waiting[0]) wrong(`turn ${event.turnId} started before its time`);
      if (running !== null && running !== event.turnId) wrong(`turn ${event.turnId} started while ${running} ran`);
      const attempt = (attempts.get(event.turnId) ?? 0) + 1;
      if (event.attempt !== attempt || attempt > MAX_ATTEMPTS) wrong(`attempt ${event.attempt} of ${event.turnId} came as number ${attempt}`);
      attempts.set(event.turnId, attempt);
      running = event.turnId;
    } else if (isEnd(event)) {
      if (!waiting.includes(event.turnId)) wrong(`turn ${event.turnId} ended without being open`);
      if (event.type !== 'turn-cancelled' && running !== event.turnId) wrong(`turn ${event.turnId} ended without running`);
      waiting.splice(waiting.indexOf(event.turnId), 1);
      if (running === event.turnId) running = null;
    } else if ('turnId' in event && running !== event.turnId) wrong(`${event.type} of ${event.turnId} while it did not run`);
  }
}

/** All that was broken, a line each; empty when every zero holds. */
export function brokenPromises({ violations }: Verdict): string[] {
  return [...violations].flatMap(([zero, cases]) => cases.map((what) => `${zero}: ${what}`));
}
