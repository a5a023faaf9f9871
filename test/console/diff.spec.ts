import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../libs/console/admin/diff.js';

describe('what an act changed', () => {
  it('is told value by value, by its place, and nothing else', () => {
    const before = { name: 'a', limits: { perMinute: 5, perHour: null }, scopes: ['x'] };
    const after = { name: 'b', limits: { perMinute: 5, perHour: 7 }, scopes: ['x', 'y'] };
    expect(changesBetween(before, after)).toEqual([
      { path: 'limits.perHour', before: 'null', after: '7' },
      { path: 'name', before: 'a', after: 'b' },
      { path: 'scopes', before: '["x"]', after: '["x","y"]' },
    ]);
  });

  it('is all of a thing that was made or taken away', () => {
    expect(changesBetween(null, { name: 'a' })).toEqual([{ path: 'name', before: null, after: 'a' }]);
    expect(changesBetween({ name: 'a' }, null)).toEqual([{ path: 'name', before: 'a', after: null }]);
    expect(changesBetween(null, { name: 'a', expiresAt: null })).toEqual([{ path: 'name', before: null, after: 'a' }]);
    expect(changesBetween(null, null)).toEqual([]);
    expect(changesBetween('a', 'b')).toEqual([{ path: 'value', before: 'a', after: 'b' }]);
  });
});
