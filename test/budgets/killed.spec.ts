import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UsageReport } from '#libs/contracts';
import { call, makeKey } from '../auth/caller.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { freshDatabase, postgresUrl, type FreshDatabase } from '../support/postgres.js';
import { stalledAfter, streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer } from '../support/providers/provider-server.js';

const server = await postgresUrl();
/** What is counted of a lost answer beyond its last checkpoint. */
const BEYOND_CHECKPOINT = 1024;
const NANO = 1e9;
/** How often a turn is begun at most. */
const ATTEMPTS = 3;

let provider: ProviderServer;
const databases: FreshDatabase[] = [];
beforeAll(async () => {
  provider = await ProviderServer.start();
});
afterAll(async () => {
  await provider.close();
  for (const database of databases) await database.drop();
});

async function database(): Promise<Record<string, string>> {
  const made = await freshDatabase(server ?? '');
  databases.push(made);
  return { DATABASE_URL: made.url, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') };
}

/** A process is killed while a model answers; the next one on the same store takes its turn up and counts what may have been used. */
async function killedInACall(store: Record<string, string>): Promise<void> {
  // A dollar for a million tokens in, two for a million out: 1,000 and 2,000 billionths for one.
  const settings = { ...store, AGENT_MODEL: wire.model, ...wire.settings(provider.url, 'sk-test'), MODEL_PRICES: `${wire.model}=1:2` };
  const first = await startGatewayProcess(settings);
  const { key } = await makeKey(first, ['messages'], { limits: { usdPerDay: 0.0022 } });
  const asked = provider.requests.length;
  provider.plan(stalledAfter(wire.frames({ text: ['the beginning of an answer'] }).slice(0, 2)));
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const sent = await fetch(`${first.url}/api/v1/messages`, { method: 'POST', headers, body: JSON.stringify({ content: 'x'.repeat(40) }) });
  const { messageId }: { messageId: string } = await sent.json();
  await provider.request(asked);
  await first.kill();

  provider.plan(streamed(wire.frames({ text: ['whole'] })));
  const second = await startGatewayProcess(settings, first.dataDir);
  try {
    await vi.waitFor(async () => expect((await call(second, 'GET', `/api/v1/messages/${messageId}`, { key })).body).toMatchObject({ status: 'completed' }), { timeout: 60_000, interval: 100 });
    const report: UsageReport = await (await fetch(`${second.url}/api/v1/usage`, { headers: { 'x-api-key': key } })).json();
    expect(report.totals.calls).toBe(2);
    const lostOut = report.totals.outputTokens - 7;
    const lostIn = report.totals.inputTokens - 11;
    expect(lostOut).toBeGreaterThanOrEqual(BEYOND_CHECKPOINT);
    expect(lostOut).toBeLessThan(BEYOND_CHECKPOINT + 20);
    expect(lostIn).toBeGreaterThanOrEqual(10);
    expect(report.budget).toMatchObject({ usedToday: 18 + lostIn + lostOut, reserved: 0, usdPerDay: 0.0022, reservedUsd: 0 });
    expect(Math.round(report.budget.usedUsdToday * NANO)).toBe(report.totals.inputTokens * 1000 + report.totals.outputTokens * 2000);
    // What is left pays for a few tokens only: the next call may answer no more than that.
    provider.plan(streamed(wire.frames({ text: ['a'] })));
    await call(second, 'POST', '/api/v1/messages', { key, body: { content: 'y' }, headers: { prefer: 'wait=30' } });
    const { body: capped } = await provider.request(asked + 2);
    expect(capped['max_tokens']).toBeLessThan(100);
  } finally {
    await second.stop();
  }
}

/** A turn is cut off by kill -9 in each of its three attempts: it asks no model any more, and its last call is counted all the same. */
async function killedInEachAttempt(store: Record<string, string>): Promise<void> {
  const settings = { ...store, AGENT_MODEL: wire.model, ...wire.settings(provider.url, 'sk-test'), MODEL_PRICES: `${wire.model}=1:2` };
  const beginning = 'the beginning of an answer';
  let gateway = await startGatewayProcess(settings);
  const { key } = await makeKey(gateway, ['messages']);
  const usageOf = async ({ url }: Pick<typeof gateway, 'url'>) => {
    const report: UsageReport = await (await fetch(`${url}/api/v1/usage`, { headers: { 'x-api-key': key } })).json();
    return report;
  };
  const before = provider.requests.length;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) provider.plan(stalledAfter(wire.frames({ text: [beginning] }).slice(0, 2)));
  const sent = await call(gateway, 'POST', '/api/v1/messages', { key, body: { content: 'x'.repeat(40) } });
  expect(sent.status).toBe(202);
  const { messageId }: { messageId?: string } = JSON.parse(JSON.stringify(sent.body));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) gateway = await startGatewayProcess(settings, gateway.dataDir);
    await provider.request(before + attempt);
    expect((await usageOf(gateway)).totals.calls).toBe(attempt);
    await gateway.kill();
  }
  gateway = await startGatewayProcess(settings, gateway.dataDir);
  try {
    expect((await call(gateway, 'GET', `/api/v1/messages/${messageId}`, { key })).body).toMatchObject({ status: 'failed', error: { code: 'execution_failed' } });
    expect(provider.requests).toHaveLength(before + ATTEMPTS);
    const report = await usageOf(gateway);
    const { calls, inputTokens, outputTokens, costUsd } = report.totals;
    expect(calls).toBe(ATTEMPTS);
    expect(inputTokens % ATTEMPTS).toBe(0);
    expect(inputTokens / ATTEMPTS).toBeGreaterThanOrEqual(10);
    expect(outputTokens).toBeGreaterThanOrEqual(ATTEMPTS * BEYOND_CHECKPOINT);
    expect(outputTokens).toBeLessThanOrEqual(ATTEMPTS * (BEYOND_CHECKPOINT + beginning.length));
    expect(Math.round((costUsd ?? 0) * NANO)).toBe(inputTokens * 1000 + outputTokens * 2000);
    expect(report.budget).toMatchObject({ usedToday: inputTokens + outputTokens, reserved: 0, reservedUsd: 0 });
  } finally {
    await gateway.stop();
  }
}

/** A turn that was cut off waits, since its agent was stopped, and is cancelled before it is tried again: its call is counted all the same, once. */
async function killedAndCancelled(store: Record<string, string>): Promise<void> {
  const settings = { ...store, AGENT_MODEL: wire.model, ...wire.settings(provider.url, 'sk-test') };
  const first = await startGatewayProcess(settings);
  const { key } = await makeKey(first, ['messages']);
  const asked = provider.requests.length;
  provider.plan(stalledAfter(wire.frames({ text: ['the beginning of an answer'] }).slice(0, 2)));
  const { sessionId } = (await call(first, 'POST', '/api/v1/messages', { key, body: { content: 'x'.repeat(40) } })).body;
  const [message] = (await call(first, 'GET', `/api/v1/sessions/${sessionId}/messages`, { key })).body.items;
  await provider.request(asked);
  const [deployment] = (await call(first, 'GET', '/api/v1/control-plane/deployments')).body.items;
  expect((await call(first, 'POST', `/api/v1/control-plane/deployments/${deployment?.id}/stop`, { body: {} })).status).toBe(200);
  await first.kill();
  // The next process dies too before the turn is tried again.
  await (await startGatewayProcess(settings, first.dataDir)).kill();
  const third = await startGatewayProcess(settings, first.dataDir);
  try {
    expect((await call(third, 'POST', `/api/v1/messages/${message?.id}/cancel`, { key, body: {} })).body).toEqual({ state: 'cancelled' });
    const report: UsageReport = await (await fetch(`${third.url}/api/v1/usage`, { headers: { 'x-api-key': key } })).json();
    expect(report.totals.calls).toBe(1);
    expect(report.totals.inputTokens).toBeGreaterThanOrEqual(10);
    expect(report.totals.outputTokens).toBeGreaterThanOrEqual(BEYOND_CHECKPOINT);
    expect(provider.requests).toHaveLength(asked + 1);
  } finally {
    await third.stop();
  }
}

describe('a budget survives kill -9 in the middle of a call', () => {
  it('on SQLite', () => killedInACall({}));
  it.runIf(server !== null)('on PostgreSQL', async () => killedInACall(await database()));
  it('and a turn that is cancelled before it is tried again, on SQLite', () => killedAndCancelled({}));
  it.runIf(server !== null)('and a turn that is cancelled before it is tried again, on PostgreSQL', async () => killedAndCancelled(await database()));
  it('in each attempt of a turn, on SQLite', () => killedInEachAttempt({}), 240_000);
  it.runIf(server !== null)('in each attempt of a turn, on PostgreSQL', async () => killedInEachAttempt(await database()), 240_000);
});
