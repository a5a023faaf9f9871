import { afterEach, describe, expect, it } from 'vitest';
import type { Principal } from '#libs/contracts';
import { Gateway } from '#libs/channel-sdk';
import { user } from '../support/callers.js';
import { deafAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const SETTINGS = { INBOX_LIMIT: '16', MAX_CONCURRENT_TURNS: '1', SHUTDOWN_DRAIN_MS: '100' };
const loud = user('loud');
const quiet = user('quiet', 'quiet');

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

async function start(dataDir?: string): Promise<StartedGateway> {
  return (started = await startGateway(SETTINGS, { agents: [deafAgent()], ...(dataDir === undefined ? {} : { dataDir }) }));
}

async function keepTenant(method: 'POST' | 'DELETE', gateway: StartedGateway): Promise<void> {
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}) };
  const [path, body] = method === 'POST' ? ['', JSON.stringify({ id: 'quiet', name: 'Quiet' })] : ['/quiet', null];
  expect((await fetch(`${gateway.url}/api/v1/tenants${path}`, { method, headers, body })).ok).toBe(true);
}

/** How many of so many at once were accepted; the others were refused with `overloaded`. */
async function acceptedOf(count: number, gateway: StartedGateway, by: Principal): Promise<number> {
  const sent = Array.from({ length: count }, () => gateway.app.get(Gateway).send(by, { content: 'x', agent: 'deaf' }, { channel: 'http' }));
  const codes = (await Promise.all(sent)).map((outcome) => (outcome.ok ? 'accepted' : outcome.failure.code));
  expect(codes.filter((code) => code !== 'accepted' && code !== 'overloaded')).toEqual([]);
  return codes.filter((code) => code === 'accepted').length;
}

describe('the inbox', () => {
  it('is all there for the only tenant, and again when the others are gone', async () => {
    const gateway = await start();
    await keepTenant('POST', gateway);
    await keepTenant('DELETE', gateway);
    expect(await acceptedOf(30, gateway, loud)).toBe(1 + 16);
  });

  it('keeps room for the other tenants when one floods', async () => {
    const gateway = await start();
    await keepTenant('POST', gateway);
    expect(await acceptedOf(30, gateway, loud)).toBe(1 + 12);
    expect(await acceptedOf(30, gateway, quiet)).toBe(3);
  });

  it('has room for a tenant that came when the only other one had filled it', async () => {
    const gateway = await start();
    expect(await acceptedOf(30, gateway, loud)).toBe(1 + 16);
    await keepTenant('POST', gateway);
    expect(await acceptedOf(30, gateway, loud)).toBe(0);
    expect(await acceptedOf(30, gateway, quiet)).toBe(3);
  });

  it('keeps that room after a restart, also before the other one was seen', async () => {
    const before = await start();
    await keepTenant('POST', before);
    expect(await acceptedOf(30, before, loud)).toBe(1 + 12);
    await before.stop({ keepData: true });
    const gateway = await start(before.dataDir);
    expect(await acceptedOf(30, gateway, loud)).toBe(0);
    expect(await acceptedOf(30, gateway, quiet)).toBe(3);
  });
});
