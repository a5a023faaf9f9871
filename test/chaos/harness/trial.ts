import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayEvent } from '#libs/contracts';
import { ParleyClient, ProblemError } from '#libs/client';
import type { ArmedFailpoint } from '../../../src/config/failpoint.js';
import { Oracle, type Attempt, type Kind } from '../oracle.js';
import type { Verdict } from '../verdict.js';
import { Child } from './child.js';
import { Client } from './client.js';
import { Line } from './line.js';
import { randomFrom } from './random.js';

const ADMIN_KEY = 'an-admin-key-for-chaos-only-0123456789';
const QUIET_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 20;

export interface TrialOptions {
  readonly clients?: number;
  /** So many more send over HTTP: they are back as soon as the gateway is. */
  readonly httpClients?: number;
  /** What the messages ask for; one of these each time. */
  readonly kinds?: readonly Kind[];
  readonly settings?: Readonly<Record<string, string>>;
  /** A sin of test/chaos/processes/planted-faults.mjs, committed from the second start on: the first is the one that makes the keys. */
  readonly plant?: string;
  readonly seed?: number;
  /** The first start is armed with it; then the clients are the admin, since making keys passes steps too. */
  readonly failpoint?: ArmedFailpoint;
  /** Where the store lives; by default a fresh folder, which goes with the trial. */
  readonly dataDir?: string;
  /** A program that runs the gateway, with its arguments. */
  readonly under?: readonly string[];
}

/** A gateway in a process of its own, what it calls in others, clients at work, and the oracle that knows what was promised. */
export class Trial {
  readonly oracle = new Oracle({ comparesTimes: true });
  readonly clients: Client[] = [];
  /** Milliseconds from each start of the process until it was ready. */
  readonly readyMs: number[] = [];
  gateway: Child | null = null;
  readonly #random: () => number;

  private constructor(
    readonly line: Line,
    readonly dataDir: string,
    private readonly options: TrialOptions,
    private readonly model: Child,
    private readonly receiver: Child,
  ) {
    this.#random = randomFrom(options.seed ?? 1);
  }

  static async begin(options: TrialOptions = {}): Promise<Trial> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'parley-chaos-')));
    const trial = new Trial(await Line.open(), dataDir, options, new Child('model'), new Child('receiver'));
    try {
      await trial.#open();
      return trial;
    } catch (error) {
      await trial.end();
      throw error;
    }
  }

  async #open(): Promise<void> {
    const { options } = this;
    await this.start(options.failpoint);
    const admin = this.admin();
    const sockets = options.clients ?? 4;
    for (let n = 1; n <= sockets + (options.httpClients ?? 0); n += 1) {
      const key = options.failpoint === undefined ? (await admin.createKey({ name: `client ${n}`, scopes: ['messages'] })).key : ADMIN_KEY;
      this.clients.push(new Client(`c${n}`, this.line.url, key, this.oracle, n <= sockets ? 'socketio' : 'http'));
    }
  }

  admin(): ParleyClient {
    return new ParleyClient({ url: this.line.url, apiKey: ADMIN_KEY });
  }

  /** A call of the API by the admin; rejects when it is refused. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' };
    const response = await fetch(`${this.line.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** How many turns wait, by the gateway's own figure. */
  async queued(): Promise<number> {
    const response = await fetch(`${this.line.url}/metrics`, { headers: { Authorization: `Bearer ${ADMIN_KEY}` } });
    return Number(/^parley_inbox_depth (\d+)$/m.exec(await response.text())?.[1]);
  }

  get adminKey(): string {
    return ADMIN_KEY;
  }

  /** Starts the gateway on the data that is there. With a failpoint, or `killAfterMs`, it may end before it is ready: then false. */
  async start(failpoint?: ArmedFailpoint, killAfterMs?: number): Promise<boolean> {
    const startedAt = performance.now();
    const gateway = new Child('gateway', {
      env: {
        PORT: '0',
        DATA_DIR: this.dataDir,
        ADMIN_API_KEY: ADMIN_KEY,
        LOG_FORMAT: 'json',
        LOG_LEVEL: 'warn',
        RATE_LIMIT_PER_MINUTE: '10000000',
        RATE_LIMIT_PER_HOUR: '10000000',
        AGENT_MODEL: 'openai-compatible/chaos',
        OPENAI_COMPATIBLE_BASE_URL: `http://127.0.0.1:${await this.model.ready()}/v1`,
        CHAOS_RECEIVER: `http://127.0.0.1:${await this.receiver.ready()}`,
        ...(this.options.plant === undefined || this.readyMs.length === 0 ? {} : { CHAOS_PLANT: this.options.plant }),
        ...(failpoint === undefined ? {} : { PARLEY_TESTING: '1', PARLEY_FAILPOINT: `${failpoint.step}:${failpoint.passing}` }),
        ...this.options.settings,
      },
      ...(this.options.under === undefined ? {} : { under: this.options.under }),
    });
    this.gateway = gateway;
    void gateway.exited.then(() => {
      this.oracle.crashed(Date.now(), gateway.pid);
      if (this.gateway === gateway) this.line.leadTo(null);
    });
    const killing = killAfterMs === undefined ? undefined : setTimeout(() => gateway.signal('SIGKILL'), killAfterMs);
    try {
      this.line.leadTo(await gateway.ready());
    } catch (error) {
      if ((failpoint !== undefined || killing !== undefined) && !gateway.running) return false;
      throw error;
    } finally {
      clearTimeout(killing);
    }
    this.readyMs.push(performance.now() - startedAt);
    return true;
  }

  /** `kill -9`, and wait until it is gone. */
  async kill(): Promise<void> {
    this.gateway?.signal('SIGKILL');
    await this.gateway?.exited;
  }

  /** Resolves when a client was answered again, or when `withinMs` is over: one whose turns all wait sends nothing. */
  async answersAgain(withinMs: number): Promise<void> {
    const { accepted } = this.oracle;
    const until = performance.now() + withinMs;
    while (this.oracle.accepted === accepted && performance.now() < until) await delay(LOOK_EVERY_MS);
  }

  /** Sets the clock of the gateway off from this one's. */
  jumpClock(offsetMs: number): void {
    this.oracle.clockJumps();
    this.gateway?.tell({ clockOffsetMs: offsetMs });
  }

  /** Sends SIGTERM and resolves with the exit code. */
  async terminate(): Promise<number | null> {
    this.gateway?.signal('SIGTERM');
    return (await this.gateway?.exited)?.code ?? null;
  }

  /** Resolves with the signal that ended the process, when it does within `withinMs`; else null. */
  async diedWithin(withinMs: number): Promise<NodeJS.Signals | null> {
    const exited = this.gateway?.exited.then(({ signal }) => signal);
    return Promise.race([exited ?? null, delay(withinMs, null, { ref: false })]);
  }

  pick(): Kind {
    const kinds = this.options.kinds ?? ['plain', 'phased', 'keyed', 'keyed', 'bare'];
    return kinds[Math.floor(this.#random() * kinds.length)] ?? 'plain';
  }

  /** A whole number in `from`..`to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  /** All clients send until `work` is done. */
  async underLoad(work: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const sending = Promise.all(this.clients.map((client) => client.keepSending(() => this.pick(), stop.signal)));
    try {
      await Promise.race([work(), sending]);
    } finally {
      stop.abort();
    }
    await sending;
  }

  /** Each client sends this many messages, one after another. */
  async sendEach(count: number): Promise<void> {
    const sendSome = async (client: Client) => {
      for (let n = 0; n < count; n += 1) await client.send(this.pick());
    };
    await Promise.all(this.clients.map(sendSome));
  }

  /** Waits until every message is answered and every end heard; what is still missing after the deadline is the oracle's to name. */
  async quiet(withinMs = QUIET_WITHIN_MS): Promise<readonly string[]> {
    const until = performance.now() + withinMs;
    for (;;) {
      const missing = this.clients.flatMap((client) => client.waitsFor);
      if (missing.length === 0 || performance.now() >= until) return missing;
      await delay(LOOK_EVERY_MS);
    }
  }

  async judge(): Promise<Verdict> {
    const stored = new Map<string, readonly GatewayEvent[]>();
    const admin = this.admin();
    for (const sessionId of this.oracle.sessions) stored.set(sessionId, await readSession(admin, sessionId));
    const response = await fetch(`http://127.0.0.1:${await this.receiver.ready()}/`);
    return this.oracle.judge(stored, (await response.json()) as Attempt[]);
  }

  /** All stored events of a session. */
  eventsOf(sessionId: string): Promise<GatewayEvent[]> {
    return readSession(this.admin(), sessionId);
  }

  async end(): Promise<void> {
    for (const client of this.clients) client.close();
    const children = [this.gateway, this.model, this.receiver];
    for (const child of children) child?.signal('SIGKILL');
    for (const child of children) await child?.exited;
    await this.line.close();
    if (this.options.dataDir === undefined) await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** All stored events of a session, as one who comes late hears them; none when there is no such session. */
async function readSession(admin: ParleyClient, sessionId: string): Promise<GatewayEvent[]> {
  const lastSeq = await lastSeqOf(admin, sessionId);
  if (lastSeq === 0) return [];
  const events: GatewayEvent[] = [];
  const done = new AbortController();
  for await (const event of admin.sessionEvents(sessionId, 0, done.signal)) {
    if ('seq' in event) events.push(event);
    if ('seq' in event && event.seq >= lastSeq) break;
  }
  done.abort();
  return events;
}

async function lastSeqOf(admin: ParleyClient, sessionId: string): Promise<number> {
  try {
    return (await admin.session(sessionId)).lastSeq;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found') return 0;
    throw error;
  }
}
