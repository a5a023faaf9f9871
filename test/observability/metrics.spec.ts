import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, makeKey } from '../journeys/http/caller.js';
import { eventually } from '../outbox/eventually.js';
import { Receiver } from '../outbox/receiver.js';
import { Metrics } from '../../src/observability/metrics/metrics.js';
import { deafAgent, GatedAgent, ScriptedAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { failure, FailureError } from '#libs/contracts';
import { scrape, total, type Family } from './exposition.js';

let gateway: StartedGateway;
let gated: GatedAgent;

const dear = new ScriptedAgent('dear', async function* () {
  yield { type: 'text', text: 'well' };
  yield { type: 'completed', model: 'test/dear', usage: { inputTokens: 1, outputTokens: 1, costUsd: 0.25 } };
});

const failing = new ScriptedAgent('failing', async function* () {
  yield { type: 'text', text: 'well' };
  throw new FailureError(failure('provider_error', 'the provider is away'));
});

beforeEach(async () => {
  gated = new GatedAgent('gated', 'before', 'after');
  gateway = await startGateway({ MAX_CONCURRENT_TURNS: '1' }, { agents: [gated, failing, dear] });
});
afterEach(() => gateway.stop());

const send = (content: string, more: object = {}, wait = 'wait=30') =>
  call(gateway, 'POST', '/api/v1/messages', { body: { content, ...more }, headers: wait === '' ? {} : { prefer: wait } });

/** Keeps the event loop busy for so long. */
function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; ) continue;
}

/** By how much a sample grew while something was done. */
async function growth(name: string, labels: Record<string, string>, work: () => Promise<unknown>): Promise<number> {
  const before = total(await scrape(gateway), name, labels);
  await work();
  return total(await scrape(gateway), name, labels) - before;
}

describe('GET /metrics', () => {
  it('is for the scope metrics and for nobody without it', async () => {
    const reader = await makeKey(gateway, ['metrics']);
    const other = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', '/metrics', { key: reader.key })).status).toBe(200);
    expect((await call(gateway, 'GET', '/metrics', { key: other.key })).status).toBe(403);
    expect((await call(gateway, 'GET', '/metrics', { key: null })).status).toBe(401);
  });

  it('answers in the text format of Prometheus', async () => {
    const { headers } = await call(gateway, 'GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('is clean by the rules of promtool: help, types, units and suffixes', async () => {
    await send('/echo hello');
    expect([...(await scrape(gateway)).values()].flatMap(lint)).toEqual([]);
  });

  it('keeps ids, tenants and words of callers out of its labels', async () => {
    const sent = await send('/echo a-word-of-mine');
    await send('/echo again', { agent: 'nobody-knows-this-agent' });
    const text = await (await fetch(`${gateway.url}/metrics`, { headers: { 'x-api-key': ADMIN_KEY } })).text();
    for (const secret of ['a-word-of-mine', 'nobody-knows', String(sent.body['sessionId']), ADMIN_KEY, 'default"']) expect(text).not.toContain(secret);
  });
});

describe('a figure moves when its thing happens', () => {
  it('messages: accepted, sent twice, refused with the code', async () => {
    const by = (outcome: string) => ({ channel: 'http', outcome });
    expect(await growth('parley_messages_total', by('accepted'), () => send('one', { id: 'a' }))).toBe(1);
    expect(await growth('parley_messages_total', by('duplicate'), () => send('one', { id: 'a' }))).toBe(1);
    expect(await growth('parley_messages_total', by('refused'), () => send('two', { id: 'a' }))).toBe(1);
    expect(await growth('parley_message_refusals_total', { code: 'idempotency_conflict' }, () => send('two', { id: 'a' }))).toBe(1);
  });

  it('turns: completed with times, first text and tokens', async () => {
    const families = ['parley_turn_queue_wait_seconds', 'parley_turn_duration_seconds', 'parley_turn_first_text_seconds', 'parley_gateway_overhead_seconds'];
    const before = await scrape(gateway);
    const began = performance.now();
    await send('What is 6 times 7?');
    const tookSeconds = (performance.now() - began) / 1000;
    const after = await scrape(gateway);
    const grew = (name: string, labels = {}) => total(after, name, labels) - total(before, name, labels);
    expect(grew('parley_turns_total', { agent: 'concierge', outcome: 'completed' })).toBe(1);
    for (const family of families) {
      expect.soft(grew(`${family}_count`), family).toBe(1);
      expect.soft(grew(`${family}_sum`), family).toBeLessThan(tookSeconds + 0.01);
    }
    expect(grew('parley_gateway_overhead_seconds_sum')).toBeGreaterThan(0);
    expect(grew('parley_tokens_total', { direction: 'input' })).toBeGreaterThan(0);
    expect(grew('parley_tokens_total', { direction: 'output' })).toBeGreaterThan(0);
  });

  it('turns: failed with the code, cancelled at work and in the queue', async () => {
    expect(await growth('parley_turn_failures_total', { code: 'provider_error' }, () => send('x', { agent: 'failing' }))).toBe(1);
    expect(await growth('parley_turns_total', { agent: 'failing', outcome: 'failed' }, () => send('x', { agent: 'failing' }))).toBe(1);
    const running = await send('x', { agent: 'gated' }, '');
    const waiting = await send('x', { agent: 'gated' }, '');
    const standing = await eventually(() => scrape(gateway), (families) => total(families, 'parley_running_turns') === 1);
    expect([total(standing, 'parley_running_turns'), total(standing, 'parley_inbox_depth')]).toEqual([1, 1]);
    expect([total(standing, 'parley_running_turns_limit'), total(standing, 'parley_inbox_limit')]).toEqual([1, 1024]);
    const cancel = ({ body }: typeof running) => call(gateway, 'POST', `/api/v1/messages/${String(body['messageId'])}/cancel`);
    expect(await growth('parley_turns_total', { agent: 'none', outcome: 'cancelled' }, () => cancel(waiting))).toBe(1);
    expect(await growth('parley_turns_total', { agent: 'gated', outcome: 'cancelled' }, () => cancel(running))).toBe(1);
  });

  it('connections and events out, by channel', async () => {
    const socket = io(gateway.url, { transports: ['websocket'], auth: { apiKey: ADMIN_KEY }, forceNew: true });
    try {
      await new Promise<void>((resolve) => socket.on('connected', () => resolve()));
      expect(total(await scrape(gateway), 'parley_connections', { channel: 'socketio' })).toBe(1);
      expect(total(await scrape(gateway), 'parley_channel_running', { channel: 'socketio' })).toBe(1);
      const ended = new Promise<void>((resolve) => socket.on('turn-completed', () => resolve()));
      const grew = await growth('parley_events_out_total', { channel: 'socketio' }, async () => {
        socket.emit('send-message', { content: '/echo hello' });
        await ended;
      });
      expect(grew).toBeGreaterThanOrEqual(4);
    } finally {
      socket.disconnect();
    }
  });

  it('limits, refused credentials and statuses', async () => {
    const { key } = await call(gateway, 'POST', '/api/v1/keys', {
      body: { name: 'small', scopes: ['messages'], limits: { messagesPerMinute: 1 } },
    }).then(({ body }) => ({ key: String(body['key']) }));
    const one = () => call(gateway, 'POST', '/api/v1/messages', { key, body: { content: '/echo hello' } });
    await one();
    expect(await growth('parley_limits_hit_total', { limit: 'messages' }, one)).toBe(1);
    const wrong = () => call(gateway, 'GET', '/api/v1/sessions', { key: 'pk_nobody' });
    expect(await growth('parley_auth_failures_total', { credential: 'api-key' }, wrong)).toBe(1);
    expect(await growth('parley_http_requests_total', { method: 'GET', status: '401' }, wrong)).toBe(1);
    expect(await growth('parley_http_requests_total', { status: '403' }, () => call(gateway, 'GET', '/api/v1/keys', { key }))).toBe(1);
    const signIn = () => call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: 'nobody' } });
    expect(await growth('parley_auth_failures_total', { credential: 'sign-in' }, signIn)).toBe(1);
  });

  it('the database: commits and what shares them', async () => {
    expect(await growth('parley_store_commit_seconds_count', {}, () => send('/echo hello'))).toBeGreaterThanOrEqual(2);
    expect(await growth('parley_store_batch_steps_sum', {}, () => send('/echo hello'))).toBeGreaterThanOrEqual(2);
  });

  it('cost, by the prices of models', async () => {
    expect(await growth('parley_model_cost_usd_total', { agent: 'dear' }, () => send('x', { agent: 'dear' }))).toBe(0.25);
  });

  it('agents that are unhealthy', async () => {
    const unhealthy = async () => total(await scrape(gateway), 'parley_agents_unhealthy');
    expect(await unhealthy()).toBe(0);
    for (let turn = 0; turn < 3; turn += 1) await send('x', { agent: 'failing' });
    expect(await unhealthy()).toBe(1);
  });

  it('deliveries that wait in the outbox', async () => {
    const outside = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
    const receiver = await Receiver.open();
    try {
      receiver.replies.push({ status: 503, headers: { 'retry-after': '3600' } });
      const depth = async () => total(await scrape(outside), 'parley_outbox_depth', { state: 'waiting' });
      await call(outside, 'POST', '/api/v1/channels/callback/send', { body: { to: receiver.url(), content: 'hello' } });
      await eventually(depth, (waiting) => waiting === 1);
      expect(total(await scrape(outside), 'parley_outbox_depth', { state: 'dead' })).toBe(0);
    } finally {
      await receiver.close();
      await outside.stop();
    }
  });

  it('deliveries, by outcome', async () => {
    const outside = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
    const receiver = await Receiver.open();
    try {
      await call(outside, 'POST', '/api/v1/channels/callback/send', { body: { to: receiver.url(), content: 'hello' } });
      const told = await eventually(() => scrape(outside), (families) => total(families, 'parley_deliveries_total', { outcome: 'delivered' }) === 1);
      expect(total(told, 'parley_deliveries_under_way')).toBe(0);
    } finally {
      await receiver.close();
      await outside.stop();
    }
  });

  it('the process: event loop, CPU, memory', async () => {
    const families = await scrape(gateway);
    for (const name of ['process_resident_memory_bytes', 'nodejs_heap_used_bytes', 'process_cpu_seconds_total', 'process_start_time_seconds']) {
      expect.soft(total(families, name), name).toBeGreaterThan(0);
    }
    expect(total(families, 'parley_build_info')).toBe(1);
    // A scrape begins the measurement anew, which needs a tick of its own before it can tell the next one late: not every try is seen.
    const blocked = async () => {
      block(100);
      return scrape(gateway);
    };
    const told = await eventually(blocked, (seen) => total(seen, 'parley_event_loop_delay_max_seconds') > 0.05);
    expect(total(told, 'parley_event_loop_delay_seconds')).toBeGreaterThan(0);
  });
});

it('a counter takes what is a number above zero; nothing it is given breaks a scrape', async () => {
  const metrics = new Metrics();
  const count = metrics.counter('things_total', 'Things.', ['kind']);
  for (const by of [2, -1, Number.NaN, Infinity, 0.5]) count('one')(by);
  expect(await metrics.registry.metrics()).toContain('things_total{kind="one"} 2.5\n');
  count('one')();
  expect(await metrics.registry.metrics()).toContain('things_total{kind="one"} 3.5\n');
});

describe('the steps of the shutdown', () => {
  let app: StartedGateway;
  beforeAll(async () => {
    app = await startGateway();
  });
  afterAll(() => app.stop());

  it('are counted by phase while the gateway still answers', async () => {
    const { Lifecycle } = await import('../../src/lifecycle/lifecycle.js');
    const lifecycle = app.app.get(Lifecycle);
    let seen = new Map<string, Family>();
    lifecycle.register('drain', { name: 'some work', run: async () => block(50) });
    lifecycle.register('drain', { name: 'a scrape', run: async () => void (seen = await scrape(app)) });
    expect(total(await scrape(app), 'parley_doors_open')).toBe(1);
    await lifecycle.shutdown();
    expect(total(seen, 'parley_shutdown_steps_total', { phase: 'drain', outcome: 'done' })).toBeGreaterThanOrEqual(1);
    expect(total(seen, 'parley_doors_open')).toBe(0);
    expect(total(seen, 'parley_shutdown_seconds_total', { phase: 'drain', step: 'some work' })).toBeGreaterThanOrEqual(0.04);
  });
});

it('turns that are put back at a shutdown are counted', async () => {
  const app = await startGateway({ SHUTDOWN_DRAIN_MS: '300' }, { agents: [deafAgent('deaf')] });
  const { Lifecycle } = await import('../../src/lifecycle/lifecycle.js');
  const lifecycle = app.app.get(Lifecycle);
  let seen = new Map<string, Family>();
  lifecycle.register('drain', { name: 'a scrape', run: async () => void (seen = await scrape(app)) });
  await call(app, 'POST', '/api/v1/messages', { body: { content: 'x', agent: 'deaf' } });
  await eventually(() => scrape(app), (families) => total(families, 'parley_running_turns') === 1);
  await app.stop();
  expect(total(seen, 'parley_turns_put_back_total')).toBe(1);
});

it('each family there is stands in a test of this folder', async () => {
  const folder = import.meta.dirname;
  const specs = (await readdir(folder)).filter((name) => name.endsWith('.spec.ts'));
  const text = (await Promise.all(specs.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  const families = [...(await scrape(gateway)).keys()];
  expect(families.length).toBeGreaterThan(30);
  expect(families.filter((name) => !new RegExp(`'${name}(_count|_sum|_bucket)?'`).test(text))).toEqual([]);
});

const UNITS = /_(seconds|bytes)(_total)?$/;
const OTHER_UNITS = /_(ms|milliseconds|micros|minutes|hours|days|kilobytes|kb|mb|megabytes|percent)(_|$)/;

/** The rules of promtool's linter that can be broken here. */
function lint({ name, help, type, samples }: Family): string[] {
  const faults: string[] = [];
  if (help.trim() === '') faults.push(`${name} has no help`);
  if (!/^[a-z][a-z0-9_]*$/.test(name)) faults.push(`${name} is not snake case`);
  if (!['counter', 'gauge', 'histogram'].includes(type)) faults.push(`${name} has the type ${type}`);
  if ((type === 'counter') !== name.endsWith('_total')) faults.push(`${name} is a ${type} and ends wrongly`);
  if (/_(count|sum|bucket|info)$/.test(name) && name !== 'parley_build_info') faults.push(`${name} ends like a part of a histogram`);
  if (new RegExp(`(^|_)(${type})(_|$)`).test(name)) faults.push(`${name} names its type`);
  if (OTHER_UNITS.test(name)) faults.push(`${name} is not in a base unit`);
  if (/seconds|bytes/.test(name) && !UNITS.test(name)) faults.push(`${name} has its unit in the middle`);
  for (const { labels, value } of samples) {
    if (!Number.isFinite(value)) faults.push(`${name} has the value ${value}`);
    if (type !== 'histogram' && ('le' in labels || 'quantile' in labels)) faults.push(`${name} has a reserved label`);
  }
  return faults;
}
