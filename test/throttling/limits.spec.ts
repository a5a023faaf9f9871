import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageLimits } from '../../src/throttling/message-limits.js';
import { call, makeKey } from '../auth/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({ RATE_LIMIT_PER_MINUTE: '20', RATE_LIMIT_PER_HOUR: '1000' });
});
afterAll(() => gateway.stop());

const say = (key: string, content = '/echo hello') => call(gateway, 'POST', '/api/v1/messages', { key, body: { content } });

describe('messages of a principal', () => {
  it('are allowed exactly up to the limit, of any number at once', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    const answers = await Promise.all(Array.from({ length: 100 }, () => say(key)));
    expect(answers.filter((answer) => answer.status === 202)).toHaveLength(20);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(80);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', retryable: true, retryAfterMs: expect.any(Number) });
    expect(refused[0]?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('tell in headers what is left', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    const answer = await say(key);
    expect(answer.headers.get('ratelimit-policy')).toBe('"minute";q=20;w=60, "hour";q=1000;w=3600');
    expect(answer.headers.get('ratelimit')).toBe('"minute";r=19;t=60, "hour";r=999;t=3600');
    expect(answer.headers.get('x-ratelimit-limit')).toBe('20');
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('19');
  });

  it('count for the key over its rotation, and by its own limits', async () => {
    const { key, id } = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 2 } });
    expect((await say(key)).headers.get('x-ratelimit-limit')).toBe('2');
    const rotated = await call(gateway, 'POST', `/api/v1/keys/${id}/rotate`, { body: { overlapSeconds: 60 } });
    expect((await say(rotated.body.key)).status).toBe(202);
    for (const one of [key, rotated.body.key]) expect((await say(one)).status).toBe(429);
  });

  it('are counted apart for each principal, also for a user who is called like a key', () => {
    const limits = gateway.app.get(MessageLimits);
    const id = 'the-same-id';
    const principal = { id, tenantId: 'default', scopes: new Set(['messages'] as const), credentialId: 'x' };
    for (const kind of ['key', 'user', 'operator'] as const) {
      const decision = limits.take({ ...principal, kind }, Date.now());
      expect(decision).toMatchObject({ allowed: true, quotas: [{ remaining: 19 }, { remaining: 999 }] });
    }
  });
});

describe('reads and minting', () => {
  it('have 600 a minute of their own for each principal, over all routes together, and health has no limit', async () => {
    const reader = await makeKey(gateway, ['messages', 'tickets']);
    const other = await makeKey(gateway, ['messages']);
    const read = (index: number) =>
      index % 2 === 0
        ? call(gateway, 'GET', '/api/v1/sessions', { key: reader.key })
        : call(gateway, 'POST', '/api/v1/tickets', { key: reader.key, body: { userId: 'ada' } });
    const answers = [];
    for (let batch = 0; batch < 14; batch += 1) answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => read(index)))));
    expect(answers.filter((answer) => answer.status < 300)).toHaveLength(600);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(100);
    expect(refused[0]?.body).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await call(gateway, 'GET', '/api/v1/sessions', { key: other.key })).status).toBe(200);
    expect((await say(reader.key)).status).toBe(202);
    expect((await call(gateway, 'GET', '/health', { key: reader.key })).status).toBe(200);
  });
});
