import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterKey } from '#libs/ports';
import { MemoryCounters } from '../../src/throttling/memory-counters.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const AT = 1_800_000_000_000;

describe('counters', () => {
  it('allow exactly L of N hits at once on a quota of L', async () => {
    const counters = new MemoryCounters();
    const decisions = await Promise.all(
      Array.from({ length: 1000 }, async () => counters.hit('a', [{ limit: 60, windowMs: MINUTE }, { limit: 1000, windowMs: HOUR }], AT)),
    );
    expect(decisions.filter((decision) => decision.allowed)).toHaveLength(60);
    expect(decisions[0]).toEqual({
      allowed: true,
      retryAfterMs: 0,
      quotas: [
        { limit: 60, windowMs: MINUTE, remaining: 59, resetMs: MINUTE },
        { limit: 1000, windowMs: HOUR, remaining: 999, resetMs: HOUR },
      ],
    });
    expect(decisions[999]).toMatchObject({ allowed: false, retryAfterMs: MINUTE, quotas: [{ remaining: 0 }, { remaining: 940 }] });
  });

  it('never allow more than L in any window, refuse nobody who has room for sure, and charge nothing for a refusal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 120 }),
        (limit, gaps) => {
          const windowMs = 6000;
          const counters = new MemoryCounters();
          const taken: number[] = [];
          let at = AT;
          for (const gap of gaps) {
            at += gap;
            const inWindow = taken.filter((time) => at - time < windowMs).length;
            const maybeHeld = taken.filter((time) => at - time < windowMs + windowMs / 3).length;
            const decision = counters.hit('k', [{ limit, windowMs }], at);
            if (decision.allowed) {
              taken.push(at);
              expect(inWindow).toBeLessThan(limit);
            } else {
              expect(maybeHeld).toBeGreaterThanOrEqual(limit);
              expect(decision.retryAfterMs).toBeGreaterThan(0);
              expect(decision.retryAfterMs).toBeLessThanOrEqual(windowMs);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('have room again after exactly the time they told', () => {
    const counters = new MemoryCounters();
    const quotas = [{ limit: 5, windowMs: MINUTE }];
    for (let hit = 0; hit < 5; hit += 1) counters.hit('a', quotas, AT + hit * 1000);
    const refusal = counters.hit('a', quotas, AT + 10_000);
    expect(refusal.allowed).toBe(false);
    expect(counters.hit('a', quotas, AT + 10_000 + refusal.retryAfterMs - 1).allowed).toBe(false);
    expect(counters.hit('a', quotas, AT + 10_000 + refusal.retryAfterMs).allowed).toBe(true);
  });

  it('take nothing from one quota when another refuses', () => {
    const counters = new MemoryCounters();
    const quotas = [{ limit: 1, windowMs: 1000 }, { limit: 2, windowMs: HOUR }];
    expect(counters.hit('a', quotas, AT).allowed).toBe(true);
    for (let hit = 0; hit < 5; hit += 1) expect(counters.hit('a', quotas, AT + 1).allowed).toBe(false);
    expect(counters.hit('a', quotas, AT + 1000).allowed).toBe(true);
    expect(counters.hit('a', quotas, AT + 5000)).toMatchObject({ allowed: false, quotas: [{ remaining: 1 }, { remaining: 0 }] });
  });

  it('keep keys apart', () => {
    const counters = new MemoryCounters();
    for (const key of ['a', 'b', '__proto__', '']) {
      expect(counters.hit(key, [{ limit: 1, windowMs: MINUTE }], AT).allowed, key).toBe(true);
      expect(counters.hit(key, [{ limit: 1, windowMs: MINUTE }], AT).allowed, key).toBe(false);
    }
  });

  it('neither forget nor lock out when the clock is set back', () => {
    const counters = new MemoryCounters();
    const quotas = [{ limit: 2, windowMs: MINUTE }];
    counters.hit('a', quotas, AT);
    counters.hit('a', quotas, AT);
    expect(counters.hit('a', quotas, AT - HOUR).allowed).toBe(false);
    expect(counters.hit('a', quotas, AT - HOUR + MINUTE).allowed).toBe(true);
  });

  it('hold after weeks of running, when 32 bits of milliseconds have gone round', () => {
    const counters = new MemoryCounters();
    const quotas = [{ limit: 1, windowMs: MINUTE }];
    counters.hit('other', quotas, AT);
    const round = AT + 2 ** 32 - 5;
    expect(counters.hit('a', quotas, round).allowed).toBe(true);
    expect(counters.hit('a', quotas, round + 10).allowed).toBe(false);
    expect(counters.hit('a', quotas, round + MINUTE).allowed).toBe(true);
  });

  it('remember no more keys than they may, and forget the silent ones by themselves', () => {
    const small = new MemoryCounters(100);
    const quotas = [{ limit: 1, windowMs: MINUTE }];
    for (let key = 0; key < 1000; key += 1) small.hit(`k${key}`, quotas, AT + key);
    expect(small.size).toBe(100);
    for (let hit = 0; hit < 200; hit += 1) small.hit('late', quotas, AT + 2 * HOUR);
    expect(small.size).toBe(1);
  });

  it('count a key that is kept and its name as one, each exactly up to the limit', () => {
    const counters = new MemoryCounters();
    const quotas = [{ limit: 3, windowMs: MINUTE }];
    const [kept, again] = [new CounterKey('a'), new CounterKey('a')];
    const decisions = [kept, 'a', again, kept, 'a', again].map((key) => counters.hit(key, quotas, AT).allowed);
    expect(decisions).toEqual([true, true, true, false, false, false]);
    expect(counters.size).toBe(1);
  });

  it('count a kept key under itself when its place went to somebody else, and in other counters too', () => {
    const small = new MemoryCounters(4);
    const quotas = [{ limit: 2, windowMs: MINUTE }];
    const kept = new CounterKey('kept');
    expect(small.hit(kept, quotas, AT).allowed).toBe(true);
    for (let key = 0; key < 20; key += 1) small.hit(`other ${key}`, quotas, AT + 1 + key);
    expect(small.hit(kept, quotas, AT + 100)).toMatchObject({ allowed: true, quotas: [{ remaining: 1 }] });
    const elsewhere = new MemoryCounters();
    elsewhere.hit('first', quotas, AT);
    expect(elsewhere.hit(kept, quotas, AT)).toMatchObject({ allowed: true, quotas: [{ remaining: 1 }] });
    expect(small.hit(kept, quotas, AT + 100)).toMatchObject({ allowed: true, quotas: [{ remaining: 0 }] });
  });

  it('count one thing under several keys, or under none, also when room for one of them must be made', () => {
    const counters = new MemoryCounters(1);
    const own = { key: new CounterKey('own'), quotas: [{ limit: 5, windowMs: MINUTE }] };
    const shared = { key: new CounterKey('shared'), quotas: [{ limit: 5, windowMs: MINUTE, of: 'tenant' as const }] };
    for (let hit = 0; hit < 3; hit += 1) {
      expect(counters.hitAll([own, shared], AT)).toMatchObject({ allowed: true, quotas: [{ remaining: 4 }, { remaining: 4, of: 'tenant' }] });
    }
    const roomy = new MemoryCounters();
    for (let hit = 0; hit < 5; hit += 1) expect(roomy.hit(shared.key, shared.quotas, AT).allowed).toBe(true);
    expect(roomy.hitAll([own, shared], AT)).toMatchObject({ allowed: false, retryAfterMs: MINUTE, quotas: [{ remaining: 5 }, { remaining: 0 }] });
    expect(roomy.hit(own.key, own.quotas, AT)).toMatchObject({ allowed: true, quotas: [{ remaining: 4 }] });
  });

  it('look for silent keys again in each minute, however long nothing was silent', () => {
    const counters = new MemoryCounters();
    const quotas = [{ limit: 1000, windowMs: MINUTE }];
    for (let key = 0; key < 10; key += 1) counters.hit(`early ${key}`, quotas, AT + 30 * MINUTE);
    for (let minute = 0; minute <= 2 * 60; minute += 1) {
      for (let hit = 0; hit < 10; hit += 1) counters.hit('busy', quotas, AT + minute * MINUTE + 30 * MINUTE);
      expect(counters.size).toBe(minute < 60 ? 11 : 1);
    }
  });
});
