import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Answer } from '../journeys/http/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const ROUNDS = 10;

let gateway: StartedGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const ask = (method: string, path: string, body?: unknown): Promise<Answer> => call(gateway, method, `/api/v1/control-plane/${path}`, { body });

async function registered(name: string): Promise<string> {
  const { body } = await ask('POST', 'agents', { name, model: 'local/concierge' });
  return String(body['id']);
}

describe('changes that operators make at once', () => {
  it('of one agent are all there, and the audit log tells what each found', async () => {
    const id = await registered('changed');
    for (let round = 1; round <= ROUNDS; round += 1) {
      await Promise.all([
        ask('PATCH', `agents/${id}`, { instructions: `round ${round}` }),
        ask('PATCH', `agents/${id}`, { skills: round % 2 === 0 ? ['clock'] : ['notes'] }),
        ask('PATCH', `agents/${id}`, { heartbeatMs: 60_000 + round }),
      ]);
      const { body } = await ask('GET', `agents/${id}`);
      expect(body).toMatchObject({ instructions: `round ${round}`, skills: round % 2 === 0 ? ['clock'] : ['notes'], heartbeatMs: 60_000 + round });
    }
    const { body } = await call(gateway, 'GET', '/api/v1/audit?action=agent.update&limit=200');
    const entries = (body['items'] as { before: unknown; after: unknown }[]).toReversed();
    expect(entries).toHaveLength(3 * ROUNDS);
    entries.slice(1).forEach(({ before }, place) => expect(before).toEqual(entries[place]?.after));
  });

  it('of one deployment are all there, and the audit log tells what each found', async () => {
    await registered('scaled');
    const { body } = await ask('POST', 'deployments', { agent: 'scaled', replicas: 1 });
    const path = `deployments/${String(body['id'])}`;
    for (let round = 2; round < 2 + ROUNDS; round += 1) {
      const verb = round % 2 === 0 ? 'stop' : 'start';
      await Promise.all([ask('POST', `${path}/scale`, { replicas: round }), ask('POST', `${path}/${verb}`), ask('POST', `${path}/restart`)]);
      expect((await ask('GET', path)).body).toMatchObject({ replicas: round, state: round % 2 === 0 ? 'stopped' : 'running' });
    }
    const told = await Promise.all(['scale', 'stop', 'start', 'restart'].map((verb) => call(gateway, 'GET', `/api/v1/audit?action=deployment.${verb}&limit=200`)));
    const entries = told.flatMap((answer) => answer.body['items'] as { seq: number; before: unknown; after: unknown }[]).toSorted((a, b) => a.seq - b.seq);
    expect(entries).toHaveLength(3 * ROUNDS);
    entries.slice(1).forEach(({ before }, place) => expect(before).toEqual(entries[place]?.after));
  });

  it('never leave a deployment whose agent is gone', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `leaving-${round}`;
      const id = await registered(name);
      const remove = () => ask('DELETE', `agents/${id}`);
      const deploy = () => ask('POST', 'deployments', { agent: name });
      const [first, second] = await Promise.all(round % 2 === 0 ? [remove(), deploy()] : [deploy(), remove()]);
      const [removed, deployed] = round % 2 === 0 ? [first, second] : [second, first];
      const gone = { removed: 204, deployed: 404 };
      const kept = { removed: 409, deployed: 201 };
      expect([gone, kept]).toContainEqual({ removed: removed.status, deployed: deployed.status });
    }
  });
});
