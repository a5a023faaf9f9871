import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginOfDay, endOfDay } from '../../libs/console/admin/days.js';

const zone = process.env['TZ'];

describe('a day that is filtered by', () => {
  beforeAll(() => {
    process.env['TZ'] = 'Europe/Berlin';
  });
  afterAll(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    ['of 24 hours', '2026-11-22', '2026-11-21T23:00:00.000Z', '2026-11-22T22:59:59.999Z'],
    ['of 23 hours, in spring', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.999Z'],
    ['of 25 hours, in autumn', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T22:59:59.999Z'],
  ])('is whole where one looks: %s', (_what, day, begin, end) => {
    expect([beginOfDay(day), endOfDay(day)]).toEqual([begin, end]);
  });

  it('is left out when it is none', () => {
    expect([beginOfDay(''), endOfDay('2026-13-01')]).toEqual(['', '']);
  });
});
