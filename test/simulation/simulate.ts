import type { GatewayEvent } from '#libs/contracts';
import { Clock, History, IdGenerator, Inbox } from '#libs/ports';
import { readConfig } from '../../src/config/config.js';
import { MemoryModule } from '../../src/persistence/memory/memory.module.js';
import { randomFrom } from '../chaos/harness/random.js';
import { Oracle, type Kind } from '../chaos/oracle.js';
import { brokenPromises, type Verdict } from '../chaos/verdict.js';
import { SimulatedClient } from './simulated-client.js';
import { SimulatedGateway } from './simulated-gateway.js';
import { SimulatedInbox, type Fault } from './simulated-inbox.js';
import { SimulatedReceiver } from './simulated-model.js';
import { SimulatedTime } from './simulated-time.js';
import { Wiring } from './wiring.js';

const KINDS: readonly Kind[] = ['plain', 'long', 'keyed', 'keyed', 'bare', 'bare'];
const CLIENTS = 3;
const MESSAGES = 5;
const BUSY_MS = 3_000;
const QUIET_WITHIN_MS = 30 * 60_000;
const CONFIG = readConfig({ LOG_LEVEL: 'silent', MAX_CONCURRENT_TURNS: '2', TURN_TIMEOUT_MS: '600000' });

class SimulatedClock extends Clock {
  jumpMs = 0;

  constructor(private readonly time: SimulatedTime) {
    super();
  }

  override now(): number {
    return Math.floor(this.time.now + this.jumpMs);
  }
}

/** Ids that grow, whichever process makes them. */
class CountedIds extends IdGenerator {
  #count = 0;

  override next(): string {
    this.#count += 1;
    return `01900000-0000-7000-8000-${this.#count.toString(16).padStart(12, '0')}`;
  }
}

export interface Outcome {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly verdict: Verdict;
  /** What happened, a line each: the same for the same seed. */
  readonly story: readonly string[];
}

/** `tampered`: a sin between the gateway and its store. */
export async function simulate(seed: number, tampered: (inbox: Inbox) => Inbox = (inbox) => inbox): Promise<Outcome> {
  const random = randomFrom(seed);
  const time = new SimulatedTime(random);
  return time.during(() => new Simulation(seed, random, time, tampered).run());
}

class Simulation {
  readonly #oracle = new Oracle();
  readonly #story: string[] = [];
  readonly #receiver = new SimulatedReceiver();
  readonly #clients: SimulatedClient[];
  readonly #clock: SimulatedClock;
  readonly #ids = new CountedIds();
  readonly #ports = memoryPorts();
  readonly #faults: { readonly share: number; readonly kind: Fault };
  #gateway: SimulatedGateway;
  #isUp = false;
  #incidents = 0;

  constructor(
    private readonly seed: number,
    private readonly random: () => number,
    private readonly time: SimulatedTime,
    private readonly tampered: (inbox: Inbox) => Inbox,
  ) {
    this.#clock = new SimulatedClock(time);
    this.#faults = { share: random() < 0.5 ? 0 : 0.04, kind: random() < 0.5 ? 'not written' : 'answer lost' };
    const answersGetLost = this.#faults.share > 0 && this.#faults.kind === 'answer lost';
    this.#clients = Array.from({ length: CLIENTS }, (_, n) => new SimulatedClient(`c${n + 1}`, this.#oracle, (call) => this.#in(100, call), answersGetLost));
    this.#gateway = this.#newGateway();
  }

  async run(): Promise<Outcome> {
    this.#launch();
    for (const client of this.#clients) for (let n = 0; n < MESSAGES; n += 1) this.#in(this.random() * BUSY_MS, () => client.send(KINDS[Math.floor(this.random() * KINDS.length)] ?? 'plain'));
    for (let n = Math.floor(this.random() * 4); n > 0; n -= 1) this.#in(this.random() * BUSY_MS, () => this.#incident());
    for (let n = Math.floor(this.random() * 3); n > 0; n -= 1) this.#in(this.random() * BUSY_MS, () => this.#one(this.#clients).cancelLast());
    if (this.random() < 0.3) this.#in(this.random() * BUSY_MS, () => (this.#clock.jumpMs = (this.random() - 0.5) * 7_200_000));
    await this.time.pass(() => false, BUSY_MS);
    const quiet = await this.time.pass(() => this.#incidents === 0 && this.#clients.every(({ content }) => content), QUIET_WITHIN_MS);
    await this.time.pass(() => false, 10_000);
    const stored = new Map<string, readonly GatewayEvent[]>();
    for (const sessionId of this.#oracle.sessions) {
      const frames = await this.#ports.get(History).events(sessionId, 0, 10_000);
      stored.set(sessionId, frames.map(({ json }) => JSON.parse(json) as GatewayEvent));
    }
    const verdict = this.#oracle.judge(stored, this.#receiver.attempts);
    for (const event of [...stored.values()].flat()) this.#story.push(JSON.stringify(event));
    const broken = [...(quiet ? [] : ['not quiet: a client still waits']), ...brokenPromises(verdict)];
    return { seed: this.seed, broken, verdict, story: this.#story };
  }

  #incident(): void {
    if (this.#gateway.fate !== 'alive' || this.#incidents > 0) return;
    const lot = this.random();
    this.#incidents += 1;
    if (lot < 0.15) return this.#cut();
    if (lot < 0.3 && this.#isUp) return void this.#shutDown();
    const fate = lot < 0.65 ? 'killed' : 'stalled';
    this.#story.push(`${Math.round(this.time.now)}: ${fate}`);
    this.#dies(fate);
  }

  /** Only the connections break. */
  #cut(): void {
    const client = this.#one(this.#clients);
    client.cut();
    this.#in(this.random() * 300, () => {
      client.connect(this.#gateway);
      this.#incidents -= 1;
    });
  }

  async #shutDown(): Promise<void> {
    const deadline = new AbortController();
    this.#in(this.random() * 300, () => deadline.abort());
    await this.#gateway.drain(deadline.signal);
    this.#dies('killed');
  }

  #dies(fate: 'killed' | 'stalled'): void {
    this.#oracle.crashed(this.time.now);
    for (const client of this.#clients) client.cut();
    const wakesAfterMs = this.random() * 1_500;
    this.#gateway.dies(fate, wakesAfterMs);
    if (fate === 'stalled') this.#in(wakesAfterMs, () => this.#oracle.crashed(this.time.now));
    this.#in(this.random() * 300, () => {
      this.#gateway = this.#newGateway();
      this.#launch();
      this.#incidents -= 1;
    });
  }

  #newGateway(): SimulatedGateway {
    const { time, random } = this;
    const inbox = new SimulatedInbox(this.tampered(this.#ports.get(Inbox)), time, random, this.#faults, () => this.#oracle.crashed(time.now));
    return new SimulatedGateway({ config: CONFIG, ports: this.#ports, inbox, clock: this.#clock, ids: this.#ids, time, random, receiver: this.#receiver, onLateCall: () => this.#oracle.crashed(time.now) });
  }

  #launch(): void {
    const gateway = this.#gateway;
    this.#isUp = false;
    void gateway.start().then(
      () => {
        if (gateway !== this.#gateway) return;
        this.#isUp = true;
        for (const client of this.#clients) client.connect(gateway);
      },
      () => {
        if (gateway !== this.#gateway) return;
        gateway.dies('killed', 0);
        this.#gateway = this.#newGateway();
        this.#launch();
      },
    );
  }

  #one<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  #in(ms: number, call: () => void): void {
    this.time.at(this.time.now + ms, call);
  }
}

/** An empty store in memory, as the product binds it. */
function memoryPorts(): Wiring {
  const bound = (MemoryModule.open().providers ?? []).flatMap((provider) => ('useValue' in provider ? [[provider.provide, provider.useValue] as const] : []));
  return new Wiring(bound as (readonly [typeof Inbox, unknown])[]);
}
