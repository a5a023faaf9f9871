import { afterEach, describe, expect, it } from 'vitest';
import type { Principal } from '#libs/contracts';
import { Gateway } from '#libs/channel-sdk';
import { user } from '../support/callers.js';
import { deafAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const SETTINGS = { MAX_CONCURRENT_TURNS: '8', SHUTDOWN_DRAIN_MS: '100' };
const loud = user('loud');
const quiet = user('quiet', 'quiet');

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

async function addTenant(gateway: StartedGateway): Promise<void> {
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${gateway.url}/api/v1/tenants`, { method: 'POST', headers, body: JSON.stringify({ id: 'quiet', name: 'Quiet' }) });
  expect(answer.status).toBe(201);
}

async function send(count: number, gateway: StartedGateway, by: Principal): Promise<void> {
  const sent = Array.from({ length: count }, () => gateway.app.get(Gateway).send(by, { content: 'x', agent: 'deaf' }, { channel: 'http' }));
  for (const outcome of await Promise.all(sent)) expect(outcome.ok).toBe(true);
}

describe('the slots of turns', () => {
  it('are all there for the only tenant', async () => {
    const agent = deafAgent();
    const gateway = (started = await startGateway(SETTINGS, { agents: [agent] }));
    await send(10, gateway, loud);
    await expect.poll(() => agent.turns.length).toBe(8);
  });

  it('are all used where a quarter of them is less than one', async () => {
    const agent = deafAgent();
    const gateway = (started = await startGateway({ ...SETTINGS, MAX_CONCURRENT_TURNS: '3' }, { agents: [agent] }));
    await addTenant(gateway);
    await send(5, gateway, loud);
    await expect.poll(() => agent.turns.length).toBe(3);
  });

  it('are kept free for the other tenants when one floods', async () => {
    const agent = deafAgent();
    const gateway = (started = await startGateway(SETTINGS, { agents: [agent] }));
    await addTenant(gateway);
    await send(10, gateway, loud);
    await send(3, gateway, quiet);
    await expect.poll(() => agent.turns.filter(({ tenantId }) => tenantId === 'quiet')).toHaveLength(2);
    expect(agent.turns.filter(({ tenantId }) => tenantId === 'default')).toHaveLength(6);
  });
});
