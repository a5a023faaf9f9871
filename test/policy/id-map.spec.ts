import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdMap } from '#libs/policy';

describe('the map of ids', () => {
  it('holds what a Map holds, whatever comes and goes', () => {
    const id = fc.oneof(fc.string({ maxLength: 3 }), fc.uuid(), fc.nat(300).map((number) => `018f-${number}`));
    const step = fc.record({ what: fc.constantFrom('set', 'set', 'delete', 'get', 'clear'), id, value: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
        const map = new IdMap<number>();
        const model = new Map<string, number>();
        for (const { what, id: one, value } of steps) {
          if (what === 'set') {
            map.set(one, value);
            model.set(one, value);
          } else if (what === 'delete') expect(map.delete(one)).toBe(model.delete(one));
          else if (what === 'clear' && value % 50 === 0) {
            map.clear();
            model.clear();
          }
          expect([map.get(one), map.has(one), map.size]).toEqual([model.get(one), model.has(one), model.size]);
        }
        expect(map.values().sort((a, b) => a - b)).toEqual([...model.values()].sort((a, b) => a - b));
      }),
    );
  });

  it('finds each of a hundred thousand', () => {
    const map = new IdMap<number>();
    const ids = Array.from({ length: 100_000 }, (_, number) => `018f0000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`);
    for (const [number, id] of ids.entries()) map.set(id, number);
    expect(ids.filter((id, number) => map.get(id) !== number)).toEqual([]);
    for (const id of ids) map.delete(id);
    expect([map.size, map.values()]).toEqual([0, []]);
  });

  it('takes a value out of its loop over the values', () => {
    const map = new IdMap<string>();
    for (const id of ['a', 'b', 'c']) map.set(id, id);
    for (const id of map.values()) map.delete(id);
    expect(map.size).toBe(0);
  });
});
