import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureError } from '#libs/contracts';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { COMPLETED, ScriptedAgent } from '../support/scripted-agent.js';
import { call, makeKey, type Answer } from '../journeys/http/caller.js';
import { foreignKey } from './foreign-key.js';

const PLANE = '/api/v1/control-plane';

let fails = true;
const moody = new ScriptedAgent('moody', async function* () {
  if (fails) throw FailureError.of('provider_error', 'on purpose');
  yield COMPLETED;
});

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [moody] });
});
afterAll(() => gateway.stop());

const post = (path: string, body?: object): Promise<Answer> => call(gateway, 'POST', `${PLANE}${path}`, body === undefined ? {} : { body });
const say = (agent: string, content = '/echo hello'): Promise<Answer> =>
  call(gateway, 'POST', '/api/v1/messages', { body: { content, agent }, headers: { prefer: 'wait=30' } });

async function healthOf(id: string): Promise<Record<string, unknown>> {
  return (await call(gateway, 'GET', `${PLANE}/health/${id}`)).body;
}

describe('agents', () => {
  it('those of the gateway are listed and cannot be changed', async () => {
    const { body } = await call(gateway, 'GET', `${PLANE}/agents`);
    expect((body['items'] as { id: string; kind: string; model: string | null }[]).map(({ id, kind, model }) => [id, kind, model])).toEqual([
      ['concierge', 'built-in', 'local/concierge'],
      ['moody', 'built-in', null],
    ]);
    expect((await call(gateway, 'DELETE', `${PLANE}/agents/concierge`)).status).toBe(409);
    expect((await call(gateway, 'PATCH', `${PLANE}/agents/concierge`, { body: { skills: [] } })).status).toBe(409);
  });

  it('may be given the skills that are listed; those of the gateway show what they have', async () => {
    const { status, body } = await call(gateway, 'GET', '/api/v1/skills');
    const skills = body['items'] as { name: string; input: object }[];
    expect([status, body['nextCursor'], skills.map(({ name }) => name)]).toEqual([200, null, ['clock', 'calculator', 'notes']]);
    for (const skill of skills) {
      expect(skill).toEqual({ name: skill.name, description: expect.stringMatching(/\w+ \w+/), idempotent: true, input: expect.objectContaining({ type: 'object' }) });
      expect((await call(gateway, 'GET', `/api/v1/skills/${skill.name}`)).body).toEqual(skill);
    }
    expect((await call(gateway, 'GET', '/api/v1/skills?limit=2')).body).toEqual({ items: skills.slice(0, 2), nextCursor: 'calculator' });
    expect((await call(gateway, 'GET', '/api/v1/skills?cursor=calculator')).body).toEqual({ items: skills.slice(2), nextCursor: null });
    expect((await call(gateway, 'GET', '/api/v1/skills?cursor=made-up')).status).toBe(400);
    expect((await call(gateway, 'GET', '/api/v1/skills/shell')).status).toBe(404);
    const shown = async (id: string) => (await call(gateway, 'GET', `${PLANE}/agents/${id}`)).body['skills'];
    expect(await shown('concierge')).toEqual(skills.map(({ name }) => name));
    expect(await shown('moody')).toEqual([]);
  });

  it('that go between two pages cut no list short', async () => {
    const made: string[] = [];
    for (const name of ['page-1', 'page-2', 'page-3']) made.push(String((await post('/agents', { name, model: 'local/concierge' })).body['id']));
    const first = (await call(gateway, 'GET', `${PLANE}/agents?limit=3`)).body as { items: { id: string }[]; nextCursor: string };
    expect(first.items.map(({ id }) => id)).toEqual(['concierge', 'moody', made[2]]);
    expect((await call(gateway, 'DELETE', `${PLANE}/agents/${made[2]}`)).status).toBe(204);
    const { status, body } = await call(gateway, 'GET', `${PLANE}/agents?cursor=${first.nextCursor}`);
    expect([status, (body['items'] as { id: string }[]).map(({ id }) => id)]).toEqual([200, [made[1], made[0]]]);
    for (const id of made.slice(0, 2)) await call(gateway, 'DELETE', `${PLANE}/agents/${id}`);
    expect((await call(gateway, 'GET', `${PLANE}/agents?cursor=made-up`)).status).toBe(400);
  });

  it('that are gone leave what was accepted for them: sent again with its id, a message is told its first result', async () => {
    const { body: agent } = await post('/agents', { name: 'leaving', model: 'local/concierge' });
    const send = (id: string) => call(gateway, 'POST', '/api/v1/messages', { body: { id, content: 'hello', agent: 'leaving' } });
    const first = await send('before it left');
    expect(first.status).toBe(202);
    expect((await call(gateway, 'DELETE', `${PLANE}/agents/${String(agent['id'])}`)).status).toBe(204);
    expect((await send('after it left')).status).toBe(404);
    expect(await send('before it left')).toMatchObject({ status: 202, body: { messageId: first.body['messageId'], duplicate: true } });
  });

  it('that are registered answer once they are deployed, also after a restart, in their tenant alone', async () => {
    const wish = { name: 'helper', model: 'local/concierge', skills: ['clock'] };
    const made = await post('/agents', wish);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'helper', kind: 'model', instructions: null, heartbeatMs: null, deployed: false, health: { status: 'unknown' } });
    expect((await post('/agents', wish)).status).toBe(409);
    expect((await post('/agents', { ...wish, name: 'concierge' })).status).toBe(409);
    const id = String(made.body['id']);

    const parked = await call(gateway, 'POST', '/api/v1/messages', { body: { content: '/echo parked', agent: 'helper' } });
    expect(parked.status).toBe(202);
    const deployed = await post('/deployments', { agent: 'helper', replicas: 1 });
    expect(deployed.status).toBe(201);
    const message = () => call(gateway, 'GET', `/api/v1/messages/${String(parked.body['messageId'])}`);
    await expect.poll(async () => (await message()).body['status']).toBe('completed');
    expect((await say('helper')).body['reply']).toMatchObject({ content: 'hello', meta: { agent: 'helper', model: 'local/concierge' } });
    expect(await healthOf(id)).toMatchObject({ agent: 'helper', status: 'healthy' });

    const foreign = await foreignKey(gateway);
    expect((await call(gateway, 'GET', `${PLANE}/agents/${id}`, { key: foreign })).status).toBe(404);
    expect((await call(gateway, 'POST', '/api/v1/messages', { key: foreign, body: { content: 'x', agent: 'helper' } })).status).toBe(404);

    const { dataDir } = gateway;
    await gateway.stop({ keepData: true });
    gateway = await startGateway({}, { agents: [moody], dataDir });
    expect((await say('helper')).body['reply']).toMatchObject({ content: 'hello' });

    expect((await call(gateway, 'DELETE', `${PLANE}/agents/${id}`)).status).toBe(409);
    const deployment = `${PLANE}/deployments/${String(deployed.body['id'])}`;
    expect((await call(gateway, 'DELETE', deployment)).status).toBe(409);
    await call(gateway, 'POST', `${deployment}/stop`);
    expect((await call(gateway, 'DELETE', deployment)).status).toBe(204);
    expect((await call(gateway, 'DELETE', `${PLANE}/agents/${id}`)).status).toBe(204);
    expect((await call(gateway, 'GET', `${PLANE}/agents/${id}`)).status).toBe(404);
    expect((await say('helper')).status).toBe(404);
  });

  it('are refused with a provider that the settings do not know, and changed only by who may', async () => {
    for (const model of ['openai/gpt', 'nobody/model', 'openai-compatible/', 'concierge']) {
      const refused = await post('/agents', { name: 'other', model });
      expect({ model, status: refused.status, code: refused.body['code'] }).toEqual({ model, status: 400, code: 'validation_failed' });
    }
    const { key } = await makeKey(gateway, ['control:read']);
    expect((await call(gateway, 'GET', `${PLANE}/health`, { key })).status).toBe(200);
    expect((await call(gateway, 'POST', `${PLANE}/agents`, { key, body: { name: 'other', model: 'local/concierge' } })).status).toBe(403);
  });

  it('turn unhealthy by themselves when turns fail in a row, and recover with the next good one', async () => {
    fails = true;
    for (let turn = 0; turn < 2; turn += 1) await say('moody');
    expect(await healthOf('moody')).toMatchObject({ status: 'unknown' });
    await say('moody');
    expect(await healthOf('moody')).toMatchObject({ status: 'unhealthy', reason: expect.stringContaining('provider_error') });
    expect((await call(gateway, 'GET', '/health/ready')).body).toMatchObject({ status: 'degraded', checks: { agents: { status: 'down', detail: 'unhealthy: 1' } } });
    fails = false;
    await say('moody');
    expect((await call(gateway, 'GET', '/health/ready')).body).toMatchObject({ status: 'ok' });
    expect(await healthOf('moody')).toMatchObject({ status: 'healthy' });
    const events = async () => ((await call(gateway, 'GET', `${PLANE}/events`)).body['items'] as { type: string }[]).map(({ type }) => type);
    await expect.poll(events).toEqual(expect.arrayContaining(['agent-unhealthy', 'agent-recovered', 'agent-created', 'deployment-created']));
  });

  it('that need not say any more that they live are not unhealthy for having said nothing', async () => {
    const { body } = await post('/agents', { name: 'excused', model: 'local/concierge', heartbeatMs: 1000 });
    const path = `${PLANE}/agents/${String(body['id'])}`;
    await expect.poll(() => healthOf(String(body['id']))).toMatchObject({ status: 'unhealthy' });
    expect((await call(gateway, 'PATCH', path, { body: { instructions: 'Be kind.' } })).body).toMatchObject({ health: { status: 'unhealthy' } });
    expect((await call(gateway, 'PATCH', path, { body: { heartbeatMs: null } })).body).toMatchObject({ health: { status: 'unknown' } });
    const events = await call(gateway, 'GET', `${PLANE}/events`);
    expect(events.body['items']).toContainEqual(expect.objectContaining({ type: 'agent-recovered', detail: { agent: 'excused' } }));
  });

  it('that promise heartbeats turn unhealthy after three are missing, and recover with one', async () => {
    const { body } = await post('/agents', { name: 'beating', model: 'local/concierge', heartbeatMs: 1000 });
    const id = String(body['id']);
    expect((await post(`/agents/${id}/heartbeat`)).body).toMatchObject({ status: 'healthy', lastHeartbeatAt: expect.any(String) });
    await expect.poll(() => healthOf(id)).toMatchObject({ status: 'unhealthy', reason: '3 heartbeats are missing' });
    expect((await post(`/agents/${id}/heartbeat`)).body).toMatchObject({ status: 'healthy' });
    await call(gateway, 'PATCH', `${PLANE}/agents/${id}`, { body: { heartbeatMs: null, instructions: 'Be kind.' } });
    expect((await call(gateway, 'GET', `${PLANE}/agents/${id}`)).body).toMatchObject({ heartbeatMs: null, instructions: 'Be kind.' });
  });
});
