import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairShares } from '#libs/policy';

/** Takes as much as it is given; tells how much that was. */
function flood(shares: FairShares, tenant: string, sharing = true): number {
  let taken = 0;
  for (; shares.hasRoom(tenant, sharing); taken += 1) shares.hold(tenant, 1);
  return taken;
}

describe('the shares of something scarce', () => {
  it('give all of it to one that shares with nobody', () => {
    expect(flood(new FairShares(1024), 'only', false)).toBe(1024);
  });

  it('leave a quarter beside one that floods, a sixteenth beside two', () => {
    const shares = new FairShares(1024);
    expect([flood(shares, 'first'), flood(shares, 'second'), flood(shares, 'third')]).toEqual([768, 192, 48]);
  });

  it('give what becomes free to those that hold less', () => {
    const shares = new FairShares(1024);
    flood(shares, 'first');
    const second = flood(shares, 'second');
    shares.hold('first', -100);
    expect(shares.hasRoom('first', true)).toBe(false);
    expect(second + flood(shares, 'second')).toBe(((1024 - 668) * 3) / 4);
  });

  it('leave a quarter beside one that came to more than its share without being asked', () => {
    const shares = new FairShares(100);
    shares.hold('many', 5000);
    expect(shares.hasRoom('many', true)).toBe(false);
    expect(flood(shares, 'other')).toBe(18);
    shares.hold('many', -5000);
    expect(shares.total).toBe(18);
    expect(flood(shares, 'many')).toBe(Math.floor((82 * 3) / 4));
  });

  it('let one that holds more than its share since others came keep nothing beyond it', () => {
    const shares = new FairShares(8);
    expect(flood(shares, 'first')).toBe(6);
    expect(shares.mayKeep('first', true)).toBe(true);
    expect(flood(shares, 'second')).toBe(1);
    expect(shares.mayKeep('first', true)).toBe(false);
    expect([shares.mayKeep('first', false), shares.mayKeep('second', true)]).toEqual([true, true]);
    shares.hold('first', -1);
    expect([shares.hasRoom('first', true), shares.hasRoom('second', true), shares.mayKeep('first', true)]).toEqual([false, true, true]);
  });

  it('know who holds less than an equal part for those that hold some and one that may come', () => {
    const shares = new FairShares(8);
    const part = (tenant: string) => {
      let taken = 0;
      for (; shares.holdsLessThanPart(tenant); taken += 1) shares.hold(tenant, 1);
      return taken;
    };
    expect(part('first')).toBe(4);
    expect(part('second')).toBe(2);
    expect([part('third'), part('fourth')]).toEqual([2, 1]);
    expect(new FairShares(1).holdsLessThanPart('only')).toBe(false);
  });

  it('never let one hold more than three quarters of what the others leave, nor the others find less than a quarter to the power of how many there are', () => {
    const act = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), wanted: fc.integer({ min: -60, max: 200 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.array(act, { maxLength: 60 }), (limit, acts) => {
        const shares = new FairShares(limit);
        const held = new Map<string, number>();
        const sum = () => [...held.values()].reduce((all, one) => all + one, 0);
        for (const { tenant, wanted } of acts) {
          const before = held.get(tenant) ?? 0;
          for (let n = 0; n < Math.min(before, -wanted); n += 1) {
            shares.hold(tenant, -1);
            held.set(tenant, (held.get(tenant) ?? 0) - 1);
          }
          for (let n = 0; n < wanted && shares.hasRoom(tenant, true); n += 1) {
            shares.hold(tenant, 1);
            const own = (held.get(tenant) ?? 0) + 1;
            held.set(tenant, own);
            if (own > 1) expect(own).toBeLessThanOrEqual(((limit - sum() + own) * 3) / 4);
          }
          expect(shares.total).toBe(sum());
          expect(sum()).toBeLessThanOrEqual(limit);
          expect(limit - sum()).toBeGreaterThanOrEqual(Math.floor(limit / 4 ** held.size));
          if (sum() < limit) expect(shares.hasRoom('newcomer', true)).toBe(true);
        }
      }),
    );
  });
});
