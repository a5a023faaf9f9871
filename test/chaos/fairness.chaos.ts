import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ParleyClient, ProblemError, UnreachableError } from '#libs/client';
import { Trial } from './harness/trial.js';

/** `npm run chaos -- --only fairness` holds both figures; among the other faults, on whatever machine, what one waits beside what its turns take just then. */
const HOLDS_FIGURE = process.env['CHAOS_ONLY'] === 'fairness';
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? (HOLDS_FIGURE ? 5 : 1));
/** Messages of each of the quiet one's senders, in each half of a round; a turn takes its model a little more than a second. */
const MESSAGES = 6;
const SENDERS = 2;
const FLOODERS = 20;
/** The flood does not wait for as long as it is told. */
const AGAIN_AFTER_MS = 200;
const FLOWS_WITHIN_MS = 60_000;
/** How many times as long the 95th of 100 may take beside another tenant's flood. */
const AT_MOST = 2;
/** And beside other sessions of the same tenant, which use all slots: a turn of theirs may have to end first. */
const AT_MOST_IN_TENANT = 3;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

/** Milliseconds as the gateway has them: from acceptance to the end, and of these how many it ran. */
interface Took {
  readonly whole: number;
  readonly running: number;
}

/** Messages sent one after another by each sender; none may be refused. */
async function waits(client: ParleyClient): Promise<Took[]> {
  const one = async () => {
    const found: Took[] = [];
    for (let n = 0; n < MESSAGES; n += 1) {
      const { reply } = await client.send({ content: `slow q${n}`, agent: 'chaos' }, { waitSeconds: 60 });
      if (reply === undefined) throw new Error('no reply within a minute');
      const { durationMs, queuedMs } = reply.meta;
      found.push({ whole: durationMs, running: durationMs - queuedMs });
    }
    return found;
  };
  return (await Promise.all(Array.from({ length: SENDERS }, one))).flat();
}

/** Sends without waiting for replies until it is stopped, and again when there is no room. */
async function flood(client: ParleyClient, stop: AbortSignal, sessionId?: string): Promise<void> {
  while (!stop.aborted) {
    try {
      await client.send({ content: 'slow flood', agent: 'chaos', ...(sessionId === undefined ? {} : { sessionId }) });
    } catch (error) {
      if (!(error instanceof UnreachableError) && !(error instanceof ProblemError && error.problem.retryable)) throw error;
      await delay(AGAIN_AFTER_MS);
    }
  }
}

function p95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;
}

const wholes = (took: readonly Took[]) => took.map(({ whole }) => whole);

interface Flood {
  readonly floods: (stop: AbortSignal) => Promise<void>[];
  /** So many turns wait when it has filled what it may. */
  readonly fills: number;
}

interface Ratio {
  /** Of the 95th of 100 beside the flood over that alone, over all rounds. */
  readonly overAlone: number;
  /** The same over what its turns ran then: the machine's own slowness under the flood is in both. */
  readonly overRunning: number;
}

/** In each round the quiet one alone, then beside the flood. */
async function compare(running: Trial, quiet: ParleyClient, { floods, fills }: Flood): Promise<Ratio> {
  const [alone, beside]: [Took[], Took[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    await expect.poll(() => running.queued(), { timeout: FLOWS_WITHIN_MS }).toBe(0);
    const calm = await waits(quiet);
    const stop = new AbortController();
    const flooding = floods(stop.signal);
    try {
      await expect.poll(() => running.queued(), { timeout: FLOWS_WITHIN_MS }).toBeGreaterThanOrEqual(fills);
      const loud = await waits(quiet);
      console.log(`p95 from acceptance to the end: ${p95(wholes(calm))} ms alone, ${p95(wholes(loud))} ms beside the flood`);
      alone.push(...calm);
      beside.push(...loud);
    } finally {
      stop.abort();
      await Promise.all(flooding);
    }
  }
  const overAlone = p95(wholes(beside)) / p95(wholes(alone));
  const overRunning = p95(wholes(beside)) / p95(beside.map(({ running: ran }) => ran));
  console.log(`over all rounds: ${overAlone.toFixed(2)} x; beside what its turns took just then: ${overRunning.toFixed(2)} x`);
  return { overAlone, overRunning };
}

it('one tenant that floods has no message of another refused, and the other waits no longer than its turn takes', async () => {
  const running = (trial = await Trial.begin({ clients: 0, settings: { MAX_CONCURRENT_TURNS: '8', INBOX_LIMIT: '80' } }));
  const keyOf = async (tenant: string) => {
    await running.call('POST', '/api/v1/tenants', { id: tenant, name: tenant });
    const { key } = (await running.call('POST', `/api/v1/tenants/${tenant}/keys`, { name: 'sender', scopes: ['messages'] })) as { key: string };
    return new ParleyClient({ url: running.line.url, apiKey: key });
  };
  const [quiet, loud] = [await keyOf('quiet'), await keyOf('loud')];
  const floods = (stop: AbortSignal) => Array.from({ length: FLOODERS }, () => flood(loud, stop));
  const { overAlone, overRunning } = await compare(running, quiet, { floods, fills: 55 });
  expect(overRunning).toBeLessThanOrEqual(AT_MOST);
  if (HOLDS_FIGURE) expect(overAlone).toBeLessThanOrEqual(AT_MOST);
});

it('sessions that flood have no message of another refused, and it waits for no more than two turns', async () => {
  const running = (trial = await Trial.begin({ clients: 0, settings: { MAX_CONCURRENT_TURNS: '8', SESSION_QUEUE_LIMIT: '10' } }));
  const admin = running.admin();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => admin.createSession()));
  const floods = (stop: AbortSignal) => sessions.flatMap(({ id }) => [flood(admin, stop, id), flood(admin, stop, id)]);
  const { overAlone, overRunning } = await compare(running, admin, { floods, fills: 70 });
  expect(overRunning).toBeLessThanOrEqual(AT_MOST_IN_TENANT);
  if (HOLDS_FIGURE) expect(overAlone).toBeLessThanOrEqual(AT_MOST_IN_TENANT);
});
