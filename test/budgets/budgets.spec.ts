import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageReport } from '#libs/contracts';
import { cutAfter, problem, streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer } from '../support/providers/provider-server.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../auth/caller.js';

let provider: ProviderServer;
let gateway: StartedGateway;
beforeAll(async () => {
  provider = await ProviderServer.start();
  gateway = await startGateway({ AGENT_MODEL: wire.model, ...wire.settings(provider.url, 'sk-test'), TOKENS_PER_DAY: '20000' });
});
afterAll(async () => {
  await gateway.stop();
  await provider.close();
});

async function usage(key = ADMIN_KEY, query = ''): Promise<UsageReport> {
  const response = await fetch(`${gateway.url}/api/v1/usage${query}`, { headers: { 'x-api-key': key } });
  const report: UsageReport = await response.json();
  return report;
}

const send = (key: string, content = 'hello') =>
  call(gateway, 'POST', '/api/v1/messages', { key, body: { content }, headers: { prefer: 'wait=30' } });

describe('budgets of the whole gateway', () => {
  it('count what the provider reports, for the caller and, to operators, for the tenant', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    provider.plan(streamed(wire.frames({ text: ['hi'] })));
    expect((await send(key)).status).toBe(200);
    const own = await usage(key);
    expect(own).toMatchObject({ period: 'day', scope: 'own', budget: { tokensPerDay: 20_000, usedToday: 18, reserved: 0 } });
    expect(own.totals).toEqual({ calls: 1, inputTokens: 11, outputTokens: 7, costUsd: null });
    expect(own.items).toEqual([
      { principal: { kind: 'key', id }, agent: 'assistant', model: wire.model, calls: 1, inputTokens: 11, outputTokens: 7, costUsd: null },
    ]);
    const all = await usage(ADMIN_KEY, '?period=month');
    expect(all.scope).toBe('tenant');
    expect(all.items.map((item) => item.principal.id)).toContain(id);
    expect((await call(gateway, 'GET', '/api/v1/usage?period=year')).status).toBe(400);
  });

  it('refuse the message of a key whose day is used up: 429, not worth trying again', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { tokensPerDay: 900 } });
    provider.plan(streamed(wire.frames({ text: ['hi'] })));
    await send(key);
    const request = await provider.request(provider.requests.length - 1);
    expect(request.body['max_tokens']).toBeLessThan(900);
    const change = { limits: { tokensPerDay: 18 } };
    const { id } = (await call(gateway, 'GET', '/auth/me', { key })).body;
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: change });
    const refusal = await send(key);
    expect(refusal.status).toBe(429);
    expect(refusal.body).toMatchObject({ code: 'budget_exhausted', retryable: false });
  });

  it('end the turn whose prompt does not fit, before the provider is asked', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { tokensPerDay: 50 } });
    const asked = provider.requests.length;
    const ended = await send(key, 'x'.repeat(4000));
    expect(ended.body).toMatchObject({ code: 'budget_exhausted', status: 429 });
    expect(provider.requests).toHaveLength(asked);
    expect((await usage(key)).budget).toMatchObject({ usedToday: 0, reserved: 0 });
  });

  it('break off an answer that outgrows what is left', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { tokensPerDay: 600 } });
    provider.plan(streamed(wire.frames({ text: Array.from({ length: 40 }, () => 'word '.repeat(40)) })));
    const ended = await send(key);
    expect(ended.body).toMatchObject({ code: 'budget_exhausted' });
    const { budget } = await usage(key);
    expect(budget.reserved).toBe(0);
    expect(budget.usedToday).toBeGreaterThan(300);
  });

  it('count a broken stream by what came, and a call that never began not at all', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    provider.plan(problem(400, wire.errorBody('no')));
    expect((await send(key)).status).not.toBe(200);
    expect((await usage(key)).budget).toMatchObject({ usedToday: 0, reserved: 0 });
    provider.always(cutAfter(wire.frames({ text: ['four'.repeat(50)] }).slice(0, 2)));
    expect((await send(key)).status).not.toBe(200);
    const { budget, items } = await usage(key);
    expect(budget.reserved).toBe(0);
    expect(budget.usedToday).toBeGreaterThanOrEqual(50);
    expect(items[0]?.outputTokens).toBeGreaterThanOrEqual(50);
  });

  it('let at most so many of many turns at once ask the provider as the budget holds', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { tokensPerDay: 20_000 } });
    provider.always(streamed(wire.frames({ text: ['hi'] })));
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(key)));
    const codes = new Set(answers.map((answer) => (answer.status === 200 ? 'ok' : answer.body.code)));
    expect([...codes].sort()).toEqual(expect.arrayContaining(['ok']));
    for (const code of codes) expect(['ok', 'budget_exhausted']).toContain(code);
    const { budget, totals } = await usage(key);
    expect(budget).toMatchObject({ usedToday: 18 * totals.calls, reserved: 0 });
    expect(totals.calls).toBe(answers.filter((answer) => answer.status === 200).length);
  });
});
