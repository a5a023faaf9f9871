import { describe, expect, it, vi } from 'vitest';
import { isId } from '#libs/contracts';
import { UuidGenerator } from '../../src/runtime/uuid-generator.js';

describe('the id generator', () => {
  it('makes ids of the form UUIDv7 that carry the time, only grow and are all different', () => {
    const generator = new UuidGenerator();
    const began = Date.now();
    const ids = Array.from({ length: 20_000 }, () => generator.next());
    expect(ids.every(isId)).toBe(true);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
    const [first = ''] = ids;
    expect(Number.parseInt(first.replaceAll('-', '').slice(0, 12), 16)).toBeGreaterThanOrEqual(began);
  });

  it('keeps growing when the clock is set back', () => {
    const generator = new UuidGenerator();
    const before = generator.next();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const after = generator.next();
    clock.mockRestore();
    expect(after > before).toBe(true);
  });
});
