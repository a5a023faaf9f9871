import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyClient, UnreachableError } from '#libs/client';
import type { GatewayEvent } from '#libs/contracts';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';

describe('ParleyClient', () => {
  let gateway: StartedGateway;
  let client: ParleyClient;
  beforeAll(async () => {
    gateway = await startGateway();
    client = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  });
  afterAll(() => gateway.stop());

  it('sends a message and waits for its reply', async () => {
    const sent = await client.send({ content: '/echo over HTTP', id: 'c-1' }, { waitSeconds: 30 });
    expect(sent).toMatchObject({ duplicate: false, status: 'completed', reply: { content: 'over HTTP' } });
    expect(await client.message(sent.messageId)).toMatchObject({ clientId: 'c-1', status: 'completed', channel: 'http' });
    expect((await client.messages(sent.sessionId)).items.map(({ id }) => id)).toEqual([sent.messageId]);
  });

  it('streams the events of a message, any text in them, and ends with the turn', async () => {
    const text = 'tábla 💬 "x"\nsecond line\u2028third';
    const events: GatewayEvent[] = [];
    for await (const event of client.stream({ content: `/echo ${text}` })) events.push(event);
    expect(events[0]?.type).toBe('message-accepted');
    expect(events.at(-1)).toMatchObject({ type: 'turn-completed', content: text });
  });

  it('throws the problem of a refusal', async () => {
    await expect(client.send({ content: '' })).rejects.toMatchObject({ problem: { code: 'validation_failed', status: 400 } });
    await expect(client.session('nobody')).rejects.toMatchObject({ problem: { code: 'not_found' } });
    await expect(new ParleyClient({ url: gateway.url, apiKey: 'wrong' }).sessions()).rejects.toMatchObject({ problem: { code: 'unauthenticated' } });
  });

  it('says that nobody answers', async () => {
    await expect(new ParleyClient({ url: 'http://127.0.0.1:9' }).health()).rejects.toBeInstanceOf(UnreachableError);
  });

  it('makes, lists, rotates and revokes keys', async () => {
    const created = await client.createKey({ name: 'robot', scopes: ['messages'] });
    const robot = new ParleyClient({ url: gateway.url, apiKey: created.key });
    expect(await robot.send({ content: '/echo hi' })).toMatchObject({ duplicate: false });
    const rotated = await client.rotateKey(created.id);
    await expect(robot.send({ content: '/echo hi' })).rejects.toMatchObject({ problem: { code: 'unauthenticated' } });
    expect(rotated.key).not.toBe(created.key);
    await client.revokeKey(rotated.id);
    await expect(new ParleyClient({ url: gateway.url, apiKey: rotated.key }).sessions()).rejects.toMatchObject({ problem: { code: 'unauthenticated' } });
  });

  it('makes, changes and deletes sessions', async () => {
    const session = await client.createSession({ title: 'Plans' });
    expect(await client.updateSession(session.id, { title: 'New plans' })).toMatchObject({ title: 'New plans' });
    await client.deleteSession(session.id);
    await expect(client.session(session.id)).rejects.toMatchObject({ problem: { code: 'not_found' } });
  });
});
