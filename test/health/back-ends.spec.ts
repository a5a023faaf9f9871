import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentHealth } from '../../src/gateway/agent-health.js';
import { call } from '../journeys/http/caller.js';
import { eventually } from '../outbox/eventually.js';
import { awakeTime } from '../support/awake-time.js';
import { problem, silent, streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer } from '../support/providers/provider-server.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const KEY = 'a-key-of-the-provider';

let provider: ProviderServer;
let gateway: StartedGateway;

beforeEach(async () => {
  provider = await ProviderServer.start();
  gateway = await startGateway({ AGENT_MODEL: wire.model, ...wire.settings(provider.url, KEY) });
});
afterEach(async () => {
  await gateway.stop();
  await provider.close();
});

interface Ready {
  readonly http: number;
  readonly status: unknown;
  readonly models: unknown;
}

async function ready(): Promise<Ready> {
  const answer = await fetch(`${gateway.url}/health/ready`);
  const { status, checks } = (await answer.json()) as { status: string; checks: Record<string, { status: string; detail?: string }> };
  return { http: answer.status, status, models: checks['models']?.detail ?? checks['models']?.status };
}

async function health(): Promise<{ status?: string; reason?: string }> {
  const { body } = await call(gateway, 'GET', '/api/v1/control-plane/agents');
  const agents = body['items'] as { name: string; health: { status: string; reason?: string } }[];
  return agents.find(({ name }) => name === 'assistant')?.health ?? {};
}

const isReady = (wanted: Partial<Ready>) => (seen: Ready) => Object.entries(wanted).every(([name, value]) => seen[name as keyof Ready] === value);
const fine = { http: 200, status: 'ok', models: 'up' };

describe("what lies behind an agent's model", () => {
  it('is asked really, with our key, by a call that costs nothing, at most once a second', async () => {
    const began = performance.now();
    expect(await Promise.all(Array.from({ length: 20 }, ready))).toEqual(Array.from({ length: 20 }, () => fine));
    const seconds = Math.floor((performance.now() - began) / 1000);
    expect(new Set(provider.probes.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${KEY}`]));
    expect(provider.probes.length).toBeLessThanOrEqual(1 + seconds);
    expect(provider.requests).toEqual([]);
    expect(await health()).toMatchObject({ status: 'healthy' });
  });

  it.each([
    ['fails', 503, 'openai-compatible answers HTTP 503'],
    ['refuses our key', 401, 'openai-compatible refuses our credentials'],
  ])('makes the gateway degraded while it %s, and no longer', async (_what, status, reason) => {
    provider.modelsStatus = status;
    expect(await ready()).toEqual({ http: 200, status: 'degraded', models: reason });
    expect(await health()).toMatchObject({ status: 'unhealthy', reason });
    provider.modelsStatus = 200;
    await eventually(ready, isReady(fine));
    expect(await health()).toMatchObject({ status: 'healthy' });
  });

  it.each([404, 429])('works also where its list of models answers %i', async (status) => {
    provider.modelsStatus = status;
    expect(await ready()).toEqual(fine);
    expect(provider.probes).toHaveLength(1);
  });

  it('that is away, or says nothing, is down, and readiness does not wait for it', async () => {
    const away = await startGateway({ AGENT_MODEL: wire.model, ...wire.settings('http://127.0.0.1:9/v1', KEY) });
    const mute = await ProviderServer.start();
    mute.modelsStatus = 0;
    const waiting = await startGateway({ AGENT_MODEL: wire.model, ...wire.settings(mute.url, KEY) });
    const own = gateway;
    try {
      gateway = away;
      expect(await ready()).toEqual({ http: 200, status: 'degraded', models: 'openai-compatible cannot be reached' });
      gateway = waiting;
      const sinceAsked = awakeTime();
      expect(await ready()).toEqual({ http: 200, status: 'degraded', models: 'openai-compatible does not answer in time' });
      expect(sinceAsked()).toBeLessThan(2500);
    } finally {
      gateway = own;
      await away.stop();
      await waiting.stop();
      await mute.close();
    }
  });

  it('is watched without anybody asking: its agents turn unhealthy and recover by themselves, and the feed tells', async () => {
    provider.modelsStatus = 500;
    const known = async () => gateway.app.get(AgentHealth).of('default', 'assistant').status;
    await eventually(known, (status) => status === 'unhealthy', 50_000);
    provider.modelsStatus = 200;
    await eventually(known, (status) => status === 'healthy');
    const told = async () => {
      const { body } = await call(gateway, 'GET', '/api/v1/control-plane/events');
      return (body['items'] as { type: string }[]).map(({ type }) => type).filter((type) => type.startsWith('agent-'));
    };
    expect((await eventually(told, (types) => types.length === 2)).toSorted()).toEqual(['agent-recovered', 'agent-unhealthy']);
  });
});

describe('an agent', () => {
  it('whose turns fail is unhealthy although its back end answers, until a turn goes well', async () => {
    expect(await ready()).toEqual(fine);
    const send = () => call(gateway, 'POST', '/api/v1/messages', { headers: { prefer: 'wait=30' }, body: { content: 'x' } });
    provider.always(problem(400, {}));
    for (let turn = 0; turn < 3; turn += 1) await send();
    expect(await health()).toMatchObject({ status: 'unhealthy', reason: '3 turns in a row failed, the last with execution_failed' });
    expect(await ready()).toMatchObject({ http: 200, status: 'degraded', models: 'up' });
    provider.always(streamed(wire.frames({ text: ['well'] })));
    await send();
    expect(await health()).toMatchObject({ status: 'healthy' });
    provider.always(silent);
  });

  it('is well again with its next good turn, although its back end was found down, and stays so until a turn fails', async () => {
    const tell = () => call(gateway, 'GET', '/api/v1/control-plane/events');
    const send = () => call(gateway, 'POST', '/api/v1/messages', { headers: { prefer: 'wait=30' }, body: { content: 'x' } });
    const probedAgain = async () => {
      const asked = provider.probes.length;
      await eventually(ready, () => provider.probes.length > asked);
    };
    provider.modelsStatus = 403;
    await ready();
    expect(await health()).toMatchObject({ status: 'unhealthy' });

    provider.always(streamed(wire.frames({ text: ['well'] })));
    await send();
    expect(await health()).toMatchObject({ status: 'healthy' });
    await probedAgain();
    expect(await health()).toMatchObject({ status: 'healthy' });
    expect((await tell()).body['items']).toMatchObject([{ type: 'agent-recovered' }, { type: 'agent-unhealthy' }, { type: 'gateway-started' }]);

    provider.always(problem(400, {}));
    await send();
    await probedAgain();
    expect(await health()).toMatchObject({ status: 'unhealthy', reason: 'openai-compatible refuses our credentials' });
    provider.always(silent);
  });

  it('that is given another model leaves the health of the one before behind', async () => {
    const plane = '/api/v1/control-plane/agents';
    const { body } = await call(gateway, 'POST', plane, { body: { name: 'moved', model: wire.model } });
    const path = `${plane}/${String(body['id'])}`;
    const status = async () => (await call(gateway, 'GET', path)).body['health'];
    provider.modelsStatus = 503;
    await ready();
    expect(await status()).toMatchObject({ status: 'unhealthy', reason: 'openai-compatible answers HTTP 503' });
    await call(gateway, 'PATCH', path, { body: { model: 'local/concierge' } });
    expect(await status()).toMatchObject({ status: 'unknown' });
    await call(gateway, 'PATCH', path, { body: { model: wire.model } });
    await eventually(ready, isReady({ models: 'openai-compatible answers HTTP 503' }));
    await eventually(status, (health) => (health as { status: string }).status === 'unhealthy');
  });
});
