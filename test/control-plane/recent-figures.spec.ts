import { describe, expect, it } from 'vitest';
import { FirstTexts } from '../../src/control-plane/summary/first-texts.js';
import { SecondCounts } from '../../src/control-plane/summary/second-counts.js';

describe('counts of the last seconds', () => {
  it('tell the mean of the last ten whole seconds, the one that runs left out', () => {
    const counts = new SecondCounts();
    for (let n = 0; n < 30; n += 1) counts.add('messages', 100_000 + n * 100);
    counts.add('failed', 102_500);
    expect(counts.rates(103_000)).toEqual({ messages: 3, completed: 0, failed: 0.1, cancelled: 0 });
    counts.add('messages', 103_100);
    expect(counts.rates(103_200).messages).toBe(3);
    expect(counts.rates(104_000).messages).toBe(3.1);
  });

  it('forget what is older, also after a long silence', () => {
    const counts = new SecondCounts();
    counts.add('completed', 5_000);
    expect(counts.rates(15_999).completed).toBe(0.1);
    expect(counts.rates(16_000).completed).toBe(0);
    counts.add('completed', 20_000);
    expect(counts.rates(1_000_000).completed).toBe(0);
  });
});

describe('times to the first text', () => {
  it('give percentiles that were really taken, and null when there are none', () => {
    const texts = new FirstTexts();
    expect(texts.percentiles(0)).toBeNull();
    for (let n = 100; n >= 1; n -= 1) texts.add(n, 1000);
    expect(texts.percentiles(2000)).toEqual({ count: 100, p50Ms: 50, p95Ms: 95, p99Ms: 99 });
  });

  it('keep the last 1,024, for five minutes', () => {
    const texts = new FirstTexts();
    for (let n = 0; n < 2000; n += 1) texts.add(n < 1000 ? 1_000_000 : 5, 1000);
    texts.add(7, 200_000);
    expect(texts.percentiles(200_000)).toMatchObject({ count: 1024, p50Ms: 5 });
    expect(texts.percentiles(400_000)).toEqual({ count: 1, p50Ms: 7, p95Ms: 7, p99Ms: 7 });
    expect(texts.percentiles(600_000)).toBeNull();
  });
});
