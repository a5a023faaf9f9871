import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoTime } from '#libs/contracts';

it('a time is told as Date tells it, however times follow one another', () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.date({ noInvalidDate: true }).map((date) => date.getTime()));
  fc.assert(
    fc.property(fc.array(time), (times) => {
      expect(times.map(isoTime)).toEqual(times.map((ms) => new Date(ms).toISOString()));
    }),
  );
  expect(() => isoTime(Number.NaN)).toThrow(RangeError);
});
