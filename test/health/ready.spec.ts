import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Readiness } from '../../src/health/readiness.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const UP = { status: 'up', since: TIME };

/** What the probes of this test answer; null when they work. */
const said: Record<'vital' | 'useful', string | null> = { vital: null, useful: null };

let gateway: StartedGateway;
let asked = 0;
let hanging = false;

beforeAll(async () => {
  gateway = await startGateway();
  const readiness = gateway.app.get(Readiness, { strict: false });
  readiness.register({ name: 'vital', weight: 'critical', everyMs: 0, check: () => said.vital });
  readiness.register({ name: 'useful', weight: 'degrading', everyMs: 0, check: () => said.useful });
  readiness.register({ name: 'counted', weight: 'critical', everyMs: 60_000, check: () => (asked++, null) });
  readiness.register({ name: 'slow', weight: 'degrading', everyMs: 0, check: () => (hanging ? new Promise(() => {}) : null) });
  readiness.register({ name: 'talkative', weight: 'degrading', everyMs: 0, check: () => Promise.reject(talk) });
});
beforeEach(() => void Object.assign(said, { vital: null, useful: null }));
afterAll(() => gateway.stop());

const talk = new Error('connect ECONNREFUSED postgres://parley:secret@10.0.0.7');
const DOES_NOT_WORK = { status: 'down', since: TIME, detail: 'does not work' };

async function ready(): Promise<{ http: number; body: unknown }> {
  const answer = await fetch(`${gateway.url}/health/ready`);
  return { http: answer.status, body: await answer.json() };
}

/** The checks of this test and those that every gateway has; others may stand beside them. */
function checks(changed: object = {}): unknown {
  const known = { database: UP, shutdown: UP, inbox: UP, vital: UP, useful: UP, counted: UP, slow: UP, talkative: DOES_NOT_WORK };
  return expect.objectContaining({ ...known, ...changed });
}

describe('/health/ready', () => {
  it('is degraded and still 200 when something is down that the gateway can do without, and keeps to itself what its driver said', async () => {
    expect(await ready()).toEqual({ http: 200, body: { status: 'degraded', checks: checks() } });
    said.useful = 'the useful thing is away';
    expect(await ready()).toEqual({ http: 200, body: { status: 'degraded', checks: checks({ useful: { status: 'down', since: TIME, detail: said.useful } }) } });
  });

  it('is unavailable with 503 when something is down that the gateway needs, and says the reason and since when', async () => {
    said.vital = 'the vital thing is away';
    const first = await ready();
    expect(first).toEqual({ http: 503, body: { status: 'unavailable', checks: checks({ vital: { status: 'down', since: TIME, detail: said.vital } }) } });
    expect(await ready()).toEqual(first);
    said.vital = null;
    expect(await ready()).toMatchObject({ http: 200, body: { status: 'degraded', checks: { vital: UP } } });
  });

  it('asks a probe no oftener than it allows, however many want to know', async () => {
    await Promise.all(Array.from({ length: 20 }, ready));
    expect(asked).toBe(1);
  });

  it('does not wait for a probe that never answers', async () => {
    hanging = true;
    const { http, body } = await ready();
    hanging = false;
    expect(http).toBe(200);
    expect(body).toMatchObject({ checks: { slow: { status: 'down', detail: 'timeout of 2000ms exceeded' } } });
  });

  it('refuses a second probe under a name that is taken', () => {
    const readiness = gateway.app.get(Readiness, { strict: false });
    expect(() => readiness.register({ name: 'vital', weight: 'critical', everyMs: 0, check: () => null })).toThrow('vital');
  });
});
