import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ParleySocket } from '#libs/client';
import type { GatewayEvent } from '#libs/contracts';
import { HostileClients } from '../lifecycle/hostile-clients.js';
import type { Child } from './harness/child.js';
import { Trial } from './harness/trial.js';

const READERS = Number(process.env['CHAOS_READERS'] ?? 60);
const NOT_READING_MS = Number(process.env['CHAOS_NOT_READING_MS'] ?? 25_000);
const SESSIONS = 6;
/** Under the same load before, so that what the load itself costs is not counted. */
const WARM_UP_MS = NOT_READING_MS / 2;
const LOOK_EVERY_MS = 1000;
const MORE_MS = 5000;
const MORE_TIMES = 24;
/**
 * What the gateway's memory may grow by, whatever the number of those who do not read: of what it still needs, after a collection. What it
 * has from the system (`npm run chaos -- --only slow-readers` holds it to the same, on a quiet machine) also holds what nobody collected yet.
 */
const MAY_GROW_BY_MIB = 64;
const MAY_HAVE_MORE_MIB = process.env['CHAOS_ONLY'] === 'slow-readers' ? 64 : 256;
const MIB = 2 ** 20;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

/** One who reads everything, and how long it waits for the end of each of its turns. */
class Keen {
  readonly seqs: number[] = [];
  readonly tookMs: number[] = [];
  connects = 0;
  #ended: () => void = () => undefined;

  constructor(
    readonly socket: ParleySocket,
    readonly sessionId: string,
  ) {
    void this.#listen();
  }

  /** Turn after turn. */
  async talk(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const at = performance.now();
      const ended = new Promise<void>((resolve) => (this.#ended = resolve));
      await this.socket.send({ sessionId: this.sessionId, content: 'bulk talk', agent: 'chaos' });
      await ended;
      this.tookMs.push(performance.now() - at);
    }
  }

  async #listen(): Promise<void> {
    for await (const event of this.socket.events) {
      if (event.type === 'connected') this.connects += 1;
      if ('seq' in event) this.seqs.push(event.seq);
      if (event.type === 'turn-completed') this.#ended();
    }
  }
}

function residentMib(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

interface Memory {
  /** What the process has from the system. */
  readonly resident: number;
  /** What it still needs. */
  readonly live: number;
}

/** In MiB, the live part after a collection. */
async function memoryOf(gateway: Child | null): Promise<Memory> {
  const resident = residentMib(gateway?.pid);
  return { resident, live: ((await gateway?.liveBytes()) ?? Number.NaN) / MIB };
}

function larger(one: Memory, other: Memory): Memory {
  return { resident: Math.max(one.resident, other.resident), live: Math.max(one.live, other.live) };
}

/** Looks at the gateway's memory for this long; the most that was seen. */
async function most(gateway: Child | null, forMs: number): Promise<Memory> {
  let seen = await memoryOf(gateway);
  for (const until = performance.now() + forMs; performance.now() < until; await delay(LOOK_EVERY_MS)) seen = larger(seen, await memoryOf(gateway));
  return seen;
}

it.skipIf(process.platform !== 'linux')(
  `${READERS} readers that do not read are closed, cost no more than ${MAY_GROW_BY_MIB} MiB, nobody else notices, and they find everything at their return`,
  async () => {
    const running = (trial = await Trial.begin({ clients: 0, under: [process.execPath, '--expose-gc'] }));
    const admin = running.admin();
    const { gateway } = running;
    const url = `http://127.0.0.1:${await gateway?.ready()}`;
    const keen: Keen[] = [];
    for (let n = 0; n < SESSIONS; n += 1) {
      const { id } = await admin.createSession({ agent: 'chaos' });
      const socket = new ParleySocket({ url, credential: { apiKey: running.adminKey } });
      await socket.join(id, 0);
      keen.push(new Keen(socket, id));
    }
    const talkDuring = async (work: () => Promise<Memory>): Promise<Memory> => {
      const stop = new AbortController();
      const talking = Promise.all(keen.map((one) => one.talk(stop.signal)));
      const result = await work();
      stop.abort();
      await talking;
      return result;
    };
    const busy = await talkDuring(() => most(gateway, WARM_UP_MS));
    const lazy = new HostileClients(url, running.adminKey);
    for (let n = 0; n < READERS; n += 1) {
      const sessionId = keen[n % SESSIONS]?.sessionId ?? '';
      if (n % 3 === 0) await lazy.eventStream(sessionId, { reads: true });
      else if (n % 3 === 1) await lazy.webSocket(sessionId, { reads: true });
      else await lazy.socketIo(sessionId, { reads: true });
    }
    const before = larger(busy, await memoryOf(gateway));
    const inside = await openConnections(running);
    const turnsBefore = keen.map(({ tookMs }) => tookMs.length);
    lazy.stopReading();
    const peak = await talkDuring(async () => {
      let seen = await most(gateway, NOT_READING_MS);
      // A machine that is slow just then fills their buffers later.
      for (let more = 0; more < MORE_TIMES && (await open(running)) > SESSIONS; more += 1) seen = larger(seen, await most(gateway, MORE_MS));
      return seen;
    });
    const counts = await openConnections(running);
    const before50 = median(keen.flatMap(({ tookMs }, index) => tookMs.slice(0, turnsBefore[index])));
    const waits = keen.flatMap(({ tookMs }, index) => tookMs.slice(turnsBefore[index]));
    console.log(
      `memory: ${before.live.toFixed(0)} MiB in use before ${READERS} readers stopped reading, at most ${peak.live.toFixed(0)} MiB afterwards ` +
        `(${before.resident.toFixed(0)} and ${peak.resident.toFixed(0)} MiB from the system); ` +
        `connections before and after: ${JSON.stringify(inside)}, ${JSON.stringify(counts)}; turns of those who read took ${before50.toFixed(0)} ms before, ${median(waits).toFixed(0)} ms afterwards (medians of ${waits.length})`,
    );
    lazy.close();
    expect(Object.values(inside).reduce((sum, count) => sum + count)).toBe(SESSIONS + READERS);
    expect(counts).toEqual({ socketio: SESSIONS, websocket: 0, http: 0 });
    expect(keen.map(({ connects }) => connects)).toEqual(keen.map(() => 1));
    expect(peak.live - before.live).toBeLessThanOrEqual(MAY_GROW_BY_MIB);
    expect(peak.resident - before.resident).toBeLessThanOrEqual(MAY_HAVE_MORE_MIB);
    for (const { sessionId, seqs, socket } of keen) {
      const stored = await running.eventsOf(sessionId);
      expect(seqs).toEqual(upTo(seqs.length));
      expect(stored.map((event: GatewayEvent) => ('seq' in event ? event.seq : 0))).toEqual(seqs);
      socket.close();
    }
  },
);

async function openConnections(running: Trial): Promise<Record<string, number>> {
  const response = await fetch(`${running.line.url}/api/v1/channels`, { headers: { 'X-API-Key': running.adminKey } });
  const { items } = (await response.json()) as { items: { name: string; connections: number }[] };
  return Object.fromEntries(items.flatMap(({ name, connections }) => (name === 'callback' ? [] : [[name, connections]])));
}

async function open(running: Trial): Promise<number> {
  return Object.values(await openConnections(running)).reduce((sum, count) => sum + count);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
