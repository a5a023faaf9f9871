import { expect } from 'vitest';
import { ParleyClient } from '#libs/client';
import { History } from '#libs/ports';
import { ADMIN_KEY, type StartedGateway } from '../support/start-gateway.js';

/** With which the programs that wrote the stores of `test/fixtures/schemas` sealed their secrets; good for these stores only. */
export const ENCRYPTION_KEY_OF_FIXTURES = Buffer.from('parley-upgrade-fixture-key-01234').toString('base64');

/** What stood in a store before today's program came: its turns, and all events by session and number. */
export interface EarlierStore {
  /** Ids as they are, client ids without the quotes of JSON. */
  readonly turns: readonly { readonly messageId: string; readonly sessionId: string; readonly clientId: string | null; readonly state: string }[];
  readonly events: readonly { readonly sessionId: string; readonly seq: number; readonly json: string }[];
  /** Of the session of the message `kept-1`. */
  readonly title: string;
  /** Of scope `messages`. */
  readonly key: string;
  /** Whether it has tenants, agents and an audit log. */
  readonly rich: boolean;
}

/** Finds everything of before in a gateway that started on it with an agent `assistant`, and talks on in its sessions. */
export async function findAll({ turns, events, title, key, rich }: EarlierStore, gateway: StartedGateway): Promise<void> {
  const parley = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  const turn = (clientId: string) => {
    const found = turns.find((one) => one.clientId === clientId);
    if (found === undefined) throw new Error(`The fixture has no message ${clientId}.`);
    return found;
  };
  const [kept, running, waiting] = [turn('kept-1'), turn('open-1'), turn('open-2')];

  const history = gateway.app.get(History, { strict: false });
  for (const sessionId of new Set(events.map((event) => event.sessionId))) {
    const before = events.filter((event) => event.sessionId === sessionId).map(({ seq, json }) => ({ seq, json }));
    const now = await history.events(sessionId, 0, 1_000);
    expect(now.map(({ seq }) => seq)).toEqual(now.map((_, index) => index + 1));
    expect(now.slice(0, before.length).map(({ seq, json }) => ({ seq, json }))).toEqual(before);
  }

  const { lastSeq, ...session } = await parley.session(kept.sessionId);
  expect(session).toMatchObject({ title, metadata: { origin: 'fixture' } });
  expect(lastSeq).toBe(events.filter((event) => event.sessionId === kept.sessionId).length);
  expect(await parley.send({ id: 'kept-1', content: '/echo kept' })).toMatchObject({ duplicate: true, messageId: kept.messageId });
  const more = await parley.send({ sessionId: kept.sessionId, content: '/echo more' }, { waitSeconds: 30 });
  expect(more).toMatchObject({ seq: lastSeq + 1, reply: { content: 'more' } });
  const behind = await parley.send({ sessionId: waiting.sessionId, content: '/echo behind' }, { waitSeconds: 30 });
  expect(behind.reply?.content).toBe('/echo behind');
  expect((await parley.message(running.messageId)).reply?.content).toBe('/echo was running');
  expect((await parley.message(waiting.messageId)).reply?.content).toBe('/echo was waiting');
  const user = new ParleyClient({ url: gateway.url, apiKey: key });
  expect((await user.send({ content: '/echo by the old key' }, { waitSeconds: 30 })).reply?.content).toBe('by the old key');
  if (rich) await findRest(gateway, kept.sessionId);
}

async function findRest(gateway: StartedGateway, sessionId: string): Promise<void> {
  const call = async (method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }> => {
    const headers = { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.url}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: answer.status, body: await answer.json() };
  };
  expect((await call('POST', '/audit/verify', {})).body).toMatchObject({ ok: true, broken: null });
  expect((await call('GET', '/tenants')).body).toMatchObject({ items: [{ id: 'acme', limits: { tokensPerDay: 100_000 } }, { id: 'default' }] });
  expect((await call('POST', '/tenants', { id: 'gone', name: 'Again' })).body).toMatchObject({ code: 'conflict' });
  expect((await call('GET', '/control-plane/agents')).body).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ name: 'adviser' })]) });
  expect((await call('GET', '/control-plane/deployments')).body).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ agent: 'adviser', replicas: 2 })]) });
  expect((await call('GET', `/sessions/${sessionId}/callback`)).body).toMatchObject({ url: 'https://receiver.invalid/replies' });
}
