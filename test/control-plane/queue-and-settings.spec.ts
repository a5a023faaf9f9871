import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenTurnSchema, SettingsViewSchema, type OpenTurnView } from '#libs/contracts';
import { SettingsSchema } from '../../src/config/settings.js';
import { shownSettings } from '../../src/config/shown-settings.js';
import { GatedAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { foreignKey } from './foreign-key.js';

const QUEUE = '/api/v1/control-plane/queue';
const SETTINGS = '/api/v1/control-plane/settings';

let gateway: StartedGateway;
const gated = new GatedAgent('gated', '', 'done');
beforeAll(async () => {
  gateway = await startGateway({ OPENAI_API_KEY: 'sk-very-secret', ALLOWED_ORIGINS: 'https://app.example' }, { agents: [gated] });
});
afterAll(() => gateway.stop());

async function queue(key?: string): Promise<OpenTurnView[]> {
  const items: OpenTurnView[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await call(gateway, 'GET', `${QUEUE}?limit=2${cursor}`, key === undefined ? {} : { key });
    expect(status).toBe(200);
    items.push(...OpenTurnSchema.array().parse(body['items']));
    if (body['nextCursor'] === null) return items;
    cursor = `&cursor=${String(body['nextCursor'])}`;
  }
}

describe('the queue', () => {
  it('tells what runs, what waits and what is parked, the oldest first, each once, in one tenant', async () => {
    const send = async (body: object) => (await call(gateway, 'POST', '/api/v1/messages', { body })).body;
    const running = await send({ content: 'x', agent: 'gated' });
    await send({ content: 'x', agent: 'gated', sessionId: running['sessionId'] });
    const { body } = await call(gateway, 'GET', '/api/v1/control-plane/deployments');
    const deployment = (body['items'] as { id: string; agent: string }[]).find(({ agent }) => agent === 'concierge');
    await call(gateway, 'POST', `/api/v1/control-plane/deployments/${String(deployment?.id)}/stop`);
    const parked = await send({ content: '/echo later' });
    expect((await queue()).map(({ agent, state }) => [agent, state])).toEqual([
      ['gated', 'running'],
      ['gated', 'queued'],
      ['concierge', 'parked'],
    ]);
    expect((await queue())[2]).toMatchObject({ messageId: parked['messageId'], sessionId: parked['sessionId'], author: { kind: 'key' } });
    expect(await queue(await foreignKey(gateway))).toEqual([]);
    await call(gateway, 'POST', `/api/v1/control-plane/deployments/${String(deployment?.id)}/start`);
    gated.open();
    await expect.poll(() => queue()).toEqual([]);
  });

  it('refuses a cursor of another list, and whoever has no scope', async () => {
    expect((await call(gateway, 'GET', `${QUEUE}?cursor=abc`)).status).toBe(400);
    const { key } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', QUEUE, { key })).status).toBe(403);
  });
});

describe('the settings', () => {
  it('are shown with what they mean; of a secret only whether it is set', async () => {
    const { status, body } = await call(gateway, 'GET', SETTINGS);
    expect(status).toBe(200);
    const { items } = SettingsViewSchema.parse(body);
    const named = (name: string) => items.find((item) => item.name === name);
    expect(named('OPENAI_API_KEY')).toMatchObject({ value: null, isSet: true, secret: true });
    expect(named('ANTHROPIC_API_KEY')).toMatchObject({ value: null, isSet: false, secret: true });
    expect(named('ALLOWED_ORIGINS')).toMatchObject({ value: ['https://app.example'], isSet: true, secret: false });
    expect(named('INBOX_LIMIT')).toMatchObject({ value: 1024, isSet: false, secret: false });
    expect(items.every(({ description }) => description.length > 10)).toBe(true);
    expect(items.map(({ name }) => name)).toEqual(Object.keys(SettingsSchema.shape));
    const text = JSON.stringify(body);
    expect(text).not.toContain('sk-very-secret');
    expect(text).not.toContain(ADMIN_KEY);
  });

  it('never show the password in an address', () => {
    const settings = SettingsSchema.parse({ DATABASE_URL: 'postgres://me:hunter2@db.example:5432/parley?password=hunter3' });
    const shown = shownSettings(settings).find(({ name }) => name === 'DATABASE_URL');
    expect(shown?.value).toBe('postgres://db.example:5432/parley?…');
  });

  it('are for admins of the tenant default', async () => {
    const { key } = await makeKey(gateway, ['control:read', 'control:write']);
    expect((await call(gateway, 'GET', SETTINGS, { key })).status).toBe(403);
    expect((await call(gateway, 'GET', SETTINGS, { key: await foreignKey(gateway) })).status).toBe(403);
  });
});
