import { describe, expect, it, vi } from 'vitest';
import { sameDigest } from '../../src/auth/secret.js';

const compared = vi.hoisted(() => ({ times: 0 }));
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return {
    ...crypto,
    timingSafeEqual: (left: Buffer, right: Buffer) => {
      compared.times += 1;
      return crypto.timingSafeEqual(left, right);
    },
  };
});

const { startGateway, ADMIN_KEY } = await import('../support/start-gateway.js');
const { call, makeKey } = await import('./caller.js');

describe('comparing secrets', () => {
  it('tells equal digests from others, also of another length', () => {
    expect(sameDigest('abc', 'abc')).toBe(true);
    expect(sameDigest('abc', 'abd')).toBe(false);
    expect(sameDigest('abc', 'abcd')).toBe(false);
  });

  it('goes through timingSafeEqual for the admin key and for every API key whose prefix is known', async () => {
    const gateway = await startGateway();
    try {
      const { key } = await makeKey(gateway, ['messages']);
      for (const [shown, least] of [[ADMIN_KEY, 1], [key, 2], [`${key.slice(0, -3)}xyz`, 2]] as const) {
        compared.times = 0;
        await call(gateway, 'GET', '/auth/me', { key: shown });
        expect(compared.times).toBeGreaterThanOrEqual(least);
      }
    } finally {
      await gateway.stop();
    }
  });
});
