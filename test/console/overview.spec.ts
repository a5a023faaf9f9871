import { describe, expect, test } from 'vitest';
import type { Summary } from '#libs/contracts';
import { concernsOf } from '../../libs/console/pages/overview/attention.js';
import { amount, duration, rate, usd } from '../../libs/console/parts/figures.js';

const AT = '2026-11-22T09:00:00.000Z';
const NOW = Date.parse(AT);
const WELL: Summary = {
  at: AT,
  gateway: { state: 'running', version: '1.0.0', startedAt: AT },
  health: { status: 'ok', down: [] },
  today: { messages: 1, completed: 1, failed: 0, cancelled: 0 },
  rates: { messages: 0, completed: 0, failed: 0, cancelled: 0 },
  failures: [],
  turns: { queued: 0, running: 0, oldestQueuedAt: null },
  firstText: null,
  usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: null },
  sessions: 1,
  connections: 0,
  channels: [{ name: 'http', state: 'running', connections: 0 }],
  agents: { healthy: 1, unhealthy: 0, unknown: 0 },
  outbox: { waiting: 3, deadLetters: 0 },
};
const texts = (change: Partial<Summary>) => concernsOf({ ...WELL, ...change }, NOW).map(({ tone, text }) => `${tone}: ${text}`);

describe('what needs attention', () => {
  test('is nothing while all is well', () => {
    expect(texts({})).toEqual([]);
  });

  test.each<[string, Partial<Summary>, string[]]>([
    ['a shutdown', { gateway: { ...WELL.gateway, state: 'draining' } }, ['bad: The gateway is shutting down: new messages are refused, running turns end.']],
    ['a check that is down', { health: { status: 'degraded', down: ['inbox', 'agent-support'] } }, ['warn: Health is degraded; down: inbox, agent-support.']],
    ['a gateway that is not ready', { health: { status: 'unavailable', down: ['database'] } }, ['bad: Health is unavailable; down: database.']],
    ['an unhealthy agent', { agents: { healthy: 0, unhealthy: 1, unknown: 0 } }, ['bad: One agent is unhealthy.']],
    ['several', { agents: { healthy: 0, unhealthy: 2, unknown: 0 } }, ['bad: 2 agents are unhealthy.']],
    ['dead letters', { outbox: { waiting: 0, deadLetters: 1 } }, ['warn: One delivery was given up.']],
    ['a stopped channel', { channels: [{ name: 'websocket', state: 'stopped', connections: 0 }] }, ['warn: Stopped: websocket.']],
  ])('is %s', (_what, change, said) => {
    expect(texts(change)).toEqual(said);
  });

  test('is a message that waits for more than ten seconds, not one that waits for less', () => {
    const waiting = (ms: number) => texts({ turns: { queued: 1, running: 0, oldestQueuedAt: new Date(NOW - ms).toISOString() } });
    expect(waiting(10_000)).toEqual([]);
    expect(waiting(90_000)).toEqual(['warn: A message has been waiting for 1.5 min.']);
  });
});

describe('figures', () => {
  test('are said as one would say them', () => {
    expect([0, 999, 12_345, 1_200_000].map(amount)).toEqual(['0', '999', '12.3K', '1.2M']);
    expect([0, 0.26, 99.94, 1_234].map(rate)).toEqual(['0', '0.3', '99.9', '1,234']);
    expect([3, 1_240, 61_000, 3_700_000, 90_000_000].map(duration)).toEqual(['3 ms', '1.2 s', '1 min', '1 h', '1 d']);
    expect([0.00123, 12.5].map(usd)).toEqual(['$0.0012', '$12.50']);
  });
});
