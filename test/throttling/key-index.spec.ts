import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterKey } from '#libs/ports';
import { KeyIndex } from '../../src/throttling/key-index.js';

describe('the index of keys', () => {
  it('finds what a map would find, whatever is added and removed', () => {
    const key = fc.oneof(fc.nat(400).map(String), fc.string({ maxLength: 4 }), fc.constantFrom('__proto__', '', 'x'.repeat(5000), `${'x'.repeat(5000)}y`));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key), { maxLength: 600 }), (steps) => {
        const index = new KeyIndex();
        const known = new Map<string, number>();
        // Those who count keep their keys, so that most of them remember a slot that may be somebody else's by now.
        const kept = new Map<string, CounterKey>();
        const free: number[] = [];
        let made = 0;
        for (const [adds, name] of steps) {
          const slot = known.get(name);
          const own = kept.get(name) ?? new CounterKey(name);
          kept.set(name, own);
          expect(index.find(own)).toBe(slot);
          if (adds && slot === undefined) {
            const taken = free.pop() ?? made++;
            index.add(own, taken);
            known.set(name, taken);
          } else if (!adds && slot !== undefined) {
            index.remove(slot);
            known.delete(name);
            free.push(slot);
            expect(index.has(slot)).toBe(false);
          }
          expect(index.size).toBe(known.size);
        }
        for (const [name, own] of kept) {
          expect(index.find(own)).toBe(known.get(name));
          expect(index.find(new CounterKey(name))).toBe(known.get(name));
        }
        for (const slot of known.values()) expect(index.has(slot)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps a hundred thousand names that differ in little apart, and finds the rest after half of them went', () => {
    const index = new KeyIndex();
    const name = (number: number): CounterKey => new CounterKey(`messages\ntenant\nuser\n${number}`);
    for (let slot = 0; slot < 100_000; slot += 1) index.add(name(slot), slot);
    for (let slot = 0; slot < 100_000; slot += 2) index.remove(slot);
    for (let slot = 0; slot < 100_000; slot += 1) if (index.find(name(slot)) !== (slot % 2 === 0 ? undefined : slot)) throw new Error(`slot ${slot}`);
    expect(index.size).toBe(50_000);
  });
});
