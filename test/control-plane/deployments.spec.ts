import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { COMPLETED, ScriptedAgent } from '../support/scripted-agent.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { foreignKey } from './foreign-key.js';

const PATH = '/api/v1/control-plane/deployments';

/** Counts how many of its turns run at once; each waits until the test lets one go. */
class CountedAgent extends ScriptedAgent {
  now = 0;
  most = 0;
  done = 0;
  #open = false;
  #waiting: (() => void)[] = [];

  constructor(name: string) {
    super(name, () => this.#work());
  }

  letAll(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  letOne(): void {
    this.#waiting.shift()?.();
  }

  async *#work(): AsyncGenerator<typeof COMPLETED> {
    this.now += 1;
    this.most = Math.max(this.most, this.now);
    if (this.#open) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise<void>((go) => this.#waiting.push(go));
    this.now -= 1;
    this.done += 1;
    yield COMPLETED;
  }
}

type Deployment = { id: string; agent: string; replicas: number; state: string; running: number; queued: number };

async function deploymentOf(gateway: StartedGateway, agent: string): Promise<Deployment> {
  const { body } = await call(gateway, 'GET', PATH);
  const found = (body['items'] as Deployment[]).find((one) => one.agent === agent);
  if (found === undefined) throw new Error(`no deployment of ${agent}`);
  return found;
}

async function change(gateway: StartedGateway, agent: string, verb: string, body?: object): Promise<Record<string, unknown>> {
  const { id } = await deploymentOf(gateway, agent);
  const answer = await call(gateway, 'POST', `${PATH}/${id}/${verb}`, body === undefined ? {} : { body });
  expect(answer.status).toBe(200);
  return answer.body;
}

async function send(gateway: StartedGateway, agent: string, sessionId?: string): Promise<{ messageId: string; sessionId: string }> {
  const { status, body } = await call(gateway, 'POST', '/api/v1/messages', { body: { content: 'x', agent, ...(sessionId === undefined ? {} : { sessionId }) } });
  expect(status).toBe(202);
  return { messageId: String(body['messageId']), sessionId: String(body['sessionId']) };
}

async function statuses(gateway: StartedGateway, ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => String((await call(gateway, 'GET', `/api/v1/messages/${id}`)).body['status'])));
}

describe('deployments', () => {
  let gateway: StartedGateway;
  const counted = new CountedAgent('counted');
  const steps = new CountedAgent('steps');
  const parked = new CountedAgent('parked');
  parked.letAll();
  beforeAll(async () => {
    gateway = await startGateway({ INBOX_LIMIT: '40' }, { agents: [counted, steps, parked] });
  });
  afterAll(() => gateway.stop());

  it('agents of the gateway are at work from the start, in each tenant, and cannot be taken away', async () => {
    const { body } = await call(gateway, 'GET', PATH);
    expect((body['items'] as Deployment[]).map(({ agent }) => agent).sort()).toEqual(['concierge', 'counted', 'parked', 'steps']);
    const concierge = await deploymentOf(gateway, 'concierge');
    expect(concierge).toMatchObject({ replicas: 32, state: 'running', running: 0, queued: 0 });
    expect((await call(gateway, 'GET', `${PATH}/${concierge.id}`)).body).toEqual(concierge);
    expect((await call(gateway, 'POST', PATH, { body: { agent: 'concierge' } })).status).toBe(409);
    expect((await call(gateway, 'POST', PATH, { body: { agent: 'nobody' } })).status).toBe(404);
    expect((await call(gateway, 'DELETE', `${PATH}/${concierge.id}`)).status).toBe(409);
    const foreign = await foreignKey(gateway);
    expect((await call(gateway, 'GET', `${PATH}/${concierge.id}`, { key: foreign })).status).toBe(404);
    expect((await call(gateway, 'POST', `${PATH}/${concierge.id}/stop`, { key: foreign })).status).toBe(404);
    const { key: reader } = await makeKey(gateway, ['control:read']);
    expect((await call(gateway, 'POST', `${PATH}/${concierge.id}/stop`, { key: reader })).status).toBe(403);
  });

  it('never runs more turns at once than it has replicas, and changes while it works', async () => {
    await change(gateway, 'counted', 'scale', { replicas: 2 });
    const ids = await Promise.all(Array.from({ length: 20 }, () => send(gateway, 'counted')));
    await expect.poll(() => counted.now).toBe(2);
    expect(await deploymentOf(gateway, 'counted')).toMatchObject({ replicas: 2, running: 2, queued: 18 });
    expect((await call(gateway, 'POST', '/api/v1/messages', { body: { content: '/echo hi' }, headers: { prefer: 'wait=30' } })).status).toBe(200);
    await change(gateway, 'counted', 'scale', { replicas: 5 });
    await expect.poll(() => counted.now).toBe(5);
    counted.letAll();
    await expect.poll(() => counted.done).toBe(20);
    expect(counted.most).toBe(5);
    await expect.poll(async () => new Set(await statuses(gateway, ids.map(({ messageId }) => messageId)))).toEqual(new Set(['completed']));
  });

  it('restart lets running turns end before the next begins', async () => {
    const first = await send(gateway, 'steps');
    await expect.poll(() => steps.now).toBe(1);
    expect(await change(gateway, 'steps', 'restart')).toMatchObject({ state: 'restarting' });
    await send(gateway, 'steps');
    await expect.poll(() => deploymentOf(gateway, 'steps')).toMatchObject({ running: 1, queued: 1 });
    expect(steps.now).toBe(1);
    steps.letOne();
    await expect.poll(() => statuses(gateway, [first.messageId])).toEqual(['completed']);
    await expect.poll(() => steps.now).toBe(1);
    expect(await deploymentOf(gateway, 'steps')).toMatchObject({ state: 'running' });
    steps.letAll();
    await expect.poll(() => steps.done).toBe(2);
  });

  it('stop parks messages beyond the limit of the inbox, over a restart of the gateway; start runs each of them once', async () => {
    await change(gateway, 'parked', 'stop');
    const sent: { messageId: string; sessionId: string }[] = [];
    for (let made = 0; made < 30; made += 1) {
      const one = await send(gateway, 'parked');
      sent.push(one, await send(gateway, 'parked', one.sessionId));
      await expect.poll(() => call(gateway, 'GET', '/health/ready').then(({ body }) => body['status'])).toBe('ok');
    }
    const cancelled = sent.pop();
    await call(gateway, 'POST', `/api/v1/messages/${String(cancelled?.messageId)}/cancel`);
    expect(await deploymentOf(gateway, 'parked')).toMatchObject({ state: 'stopped', running: 0, queued: 59 });
    expect((await call(gateway, 'POST', '/api/v1/messages', { body: { content: '/echo hi' }, headers: { prefer: 'wait=30' } })).status).toBe(200);

    const { dataDir } = gateway;
    await gateway.stop({ keepData: true });
    gateway = await startGateway({}, { agents: [counted, steps, parked], dataDir });
    expect(await deploymentOf(gateway, 'parked')).toMatchObject({ state: 'stopped', running: 0, queued: 59 });
    expect(await deploymentOf(gateway, 'counted')).toMatchObject({ replicas: 5 });
    expect(parked.done).toBe(0);
    await change(gateway, 'parked', 'start');
    await expect.poll(() => parked.done).toBe(59);
    await expect.poll(async () => new Set(await statuses(gateway, sent.map(({ messageId }) => messageId)))).toEqual(new Set(['completed']));
    const { body } = await call(gateway, 'GET', '/api/v1/audit?action=deployment.stop');
    expect(body['items']).toMatchObject([{ before: { agent: 'parked', stopped: false }, after: { agent: 'parked', stopped: true } }]);
  });
});
