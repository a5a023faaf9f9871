import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageReport } from '#libs/contracts';
import { Authenticator } from '../../src/auth/authenticator.js';
import { MessageLimits } from '../../src/throttling/message-limits.js';
import { ConnectionsAtOnce } from '../../src/throttling/connections-at-once.js';
import { TokenBudgets } from '../../src/throttling/token-budgets.js';
import { call, cookieOf, makeKey } from '../auth/caller.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({ RATE_LIMIT_PER_MINUTE: '20' });
});
afterAll(() => gateway.stop());

/** The headers with which a page calls once somebody signed in there with the key. */
async function pageOf(key: string): Promise<Record<string, string>> {
  const answer = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: key } });
  expect(answer.status).toBe(200);
  return { cookie: cookieOf(answer), origin: gateway.url };
}

const MESSAGE = { content: '/echo hello' };
const byKey = (key: string) => call(gateway, 'POST', '/api/v1/messages', { key, body: MESSAGE });
const byPage = (headers: Record<string, string>) => call(gateway, 'POST', '/api/v1/messages', { key: null, body: MESSAGE, headers });

async function behind(credential: Parameters<Authenticator['authenticate']>[0]) {
  const outcome = await gateway.app.get(Authenticator).authenticate(credential);
  if (!outcome.ok) throw new Error(outcome.failure.detail);
  return outcome.value;
}

describe('a key and the page that was signed in to with it', () => {
  it('have the messages of the key together, of any number at once', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 6 } });
    const pages = [await pageOf(key), await pageOf(key)];
    const sent = Array.from({ length: 30 }, (_, index) => {
      const page = pages[index % 3];
      return page === undefined ? byKey(key) : byPage(page);
    });
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(6);
    expect(statuses.filter((status) => status === 429)).toHaveLength(24);
    expect((await byKey(key)).headers.get('x-ratelimit-limit')).toBe('6');
    for (const page of pages) expect((await byPage(page)).headers.get('x-ratelimit-limit')).toBe('6');
  });

  it('follow a change of the key\'s limits, and a page that comes back with its resume token does too', async () => {
    const { key, id } = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 7 } });
    const { cookie = '' } = await pageOf(key);
    const operator = await behind({ kind: 'cookie', value: cookie.replace('parley=', '') });
    const limits = gateway.app.get(MessageLimits);
    expect(limits.of(operator).messagesPerMinute).toBe(7);
    expect((await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { limits: { messagesPerMinute: 3 } } })).status).toBe(200);
    expect(limits.of(operator).messagesPerMinute).toBe(3);
    const { token } = await gateway.app.get(Authenticator).grantResume(operator);
    const back = await behind({ kind: 'resume', token });
    expect(back).toMatchObject({ kind: 'operator', id, limits: { messagesPerMinute: 3 } });
  });

  it('have the connections of the key together', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { connections: 1 } });
    const { cookie = '' } = await pageOf(key);
    const connections = gateway.app.get(ConnectionsAtOnce);
    const atPage = await behind({ kind: 'cookie', value: cookie.replace('parley=', '') });
    const place = await connections.take(await behind({ kind: 'api-key', key }));
    if (!place.ok) throw new Error('the first place is free');
    expect(await connections.take(atPage)).toMatchObject({ ok: false, failure: { code: 'rate_limited' } });
    place.value();
    expect(await connections.take(atPage)).toMatchObject({ ok: true });
    expect(await connections.take(await behind({ kind: 'api-key', key }))).toMatchObject({ ok: false });
  });

  it('have the budget of the key together, and what was used is told as the key\'s', async () => {
    const { key, id } = await makeKey(gateway, ['messages'], { limits: { tokensPerDay: 5000 } });
    const page = await pageOf(key);
    const wait = { prefer: 'wait=30' };
    expect((await call(gateway, 'POST', '/api/v1/messages', { key, body: MESSAGE, headers: wait })).status).toBe(200);
    expect((await call(gateway, 'POST', '/api/v1/messages', { key: null, body: MESSAGE, headers: { ...page, ...wait } })).status).toBe(200);
    const reportOf = async (headers: Record<string, string>) => {
      const report: UsageReport = await (await fetch(`${gateway.url}/api/v1/usage`, { headers })).json();
      return report;
    };
    const report = await reportOf({ 'x-api-key': key });
    expect(report.totals.calls).toBe(2);
    expect(report.items.map(({ principal }) => principal)).toEqual([{ kind: 'key', id }]);
    expect(report.budget).toMatchObject({ tokensPerDay: 5000, usedToday: report.totals.inputTokens + report.totals.outputTokens });
    const { totals, items, budget } = await reportOf(page);
    expect({ totals, items, budget }).toEqual({ totals: report.totals, items: report.items, budget: report.budget });

    const budgets = gateway.app.get(TokenBudgets);
    const turn = { tenantId: 'default', agent: 'concierge', sessionId: 's', turnId: 't', checkpoint: null };
    const left = 5000 - report.budget.usedToday;
    const held = await budgets.reserve({ ...turn, author: { kind: 'operator', id } }, 'openai/x', 4000);
    expect(held.maxOutputTokens).toBe(left - 4000);
    await expect((async () => budgets.reserve({ ...turn, author: { kind: 'key', id } }, 'openai/x', 1))()).rejects.toMatchObject({ failure: { code: 'budget_exhausted' } });
    held.release();
  });

  it('count as one also for the key of the settings; operators without a key count apart', async () => {
    const { cookie = '' } = await pageOf(ADMIN_KEY);
    const limits = gateway.app.get(MessageLimits);
    const now = Date.now();
    const first = await limits.take(await behind({ kind: 'api-key', key: ADMIN_KEY }), now);
    const atPage = await behind({ kind: 'cookie', value: cookie.replace('parley=', '') });
    const second = await limits.take(atPage, now);
    expect([first, second].map(({ quotas }) => quotas[0]?.remaining)).toEqual([19, 18]);
    for (const id of ['local', 'oidc_AAAA', 'saml_AAAA', 'administrator']) {
      expect(await limits.take({ ...atPage, id }, now)).toMatchObject({ quotas: [{ remaining: 19 }, expect.anything()] });
      expect(await limits.take({ ...atPage, kind: 'key', id }, now)).toMatchObject({ quotas: [{ remaining: 19 }, expect.anything()] });
    }
  });
});
