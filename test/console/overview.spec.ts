import { describe, expect, test } from 'vitest';
import type { ControlEvent, Summary } from '#libs/contracts';
import { remembered } from '../../libs/console/live/remembered.js';
import { concernsOf } from '../../libs/console/pages/overview/attention.js';
import { newestEvents } from '../../libs/console/pages/overview/newest-events.js';
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

describe('what happened', () => {
  const event = (seq: number): ControlEvent => ({ seq, at: AT, type: 'agent-healthy', detail: {} });
  const seqs = (heard: readonly number[], kept: readonly number[]) => newestEvents(heard.map(event), kept.map(event)).map(({ seq }) => seq);

  test('has no hole where one looked elsewhere for a while or was cut off, and nothing twice', () => {
    expect(seqs([9, 3, 2], [8, 7, 6, 5, 4, 3, 2, 1])).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('is the newest thirty', () => {
    const numbers = Array.from({ length: 40 }, (_none, index) => 40 - index);
    expect(seqs(numbers.slice(0, 5), numbers)).toEqual(numbers.slice(0, 30));
  });
});

describe('the charts', () => {
  test('remember three minutes, however long the page heard nothing in between', () => {
    const after = (seconds: number): Summary => ({ ...WELL, at: new Date(NOW + seconds * 1_000).toISOString() });
    const heard = [0, 1, 2, 3_600, 3_601].map(after).reduce<readonly Summary[]>(remembered, []);
    expect(heard).toEqual([after(3_600), after(3_601)]);
    expect(remembered(heard, after(3_601))).toEqual(heard);
    const minutes = Array.from({ length: 300 }, (_none, second) => after(second)).reduce<readonly Summary[]>(remembered, []);
    expect(minutes).toHaveLength(180);
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
