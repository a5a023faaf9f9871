import { describe, expect, it } from 'vitest';
import { ReadingPace, UnsentBudget, type PacedConnection } from '#libs/channel-sdk';

const KIB = 1024;
const MIB = 1024 * KIB;

class Line implements PacedConnection {
  waits = 0;
  ended: 'slow' | 'cut' | null = null;
  readonly pace: ReadingPace;

  constructor(budget: UnsentBudget) {
    this.pace = new ReadingPace(budget, this);
  }

  /** So much waits for the reader at that time. */
  at(now: number, waits: number, replaying = false): void {
    this.waits = waits;
    this.pace.look(replaying, now);
  }

  unsent(): number {
    return this.waits;
  }

  slow(): void {
    this.ended = 'slow';
  }

  cut(): void {
    this.ended = 'cut';
    this.waits = 0;
    this.pace.caughtUp();
  }
}

function lines(budget: UnsentBudget, count: number): Line[] {
  return Array.from({ length: count }, () => new Line(budget));
}

describe('what waits unsent for all readers together', () => {
  it('is bounded: beyond 16 MiB those who have been behind longest are cut, and nobody else', () => {
    const budget = new UnsentBudget();
    const early = lines(budget, 100);
    const late = lines(budget, 100);
    for (const line of early) line.at(0, 120 * KIB);
    for (const line of late) line.at(2000, 120 * KIB);
    const cut = early.filter(({ ended }) => ended === 'cut');
    expect(cut).toEqual(early.slice(0, cut.length));
    expect(cut.length).toBeGreaterThan(50);
    expect(late.every(({ ended }) => ended === null)).toBe(true);
    expect(budget.total).toBeLessThanOrEqual(16 * MIB);
  });

  it('may be 64 MiB for a moment, so that many who come back at once are not cut', () => {
    const budget = new UnsentBudget();
    const all = lines(budget, 500);
    for (const [index, line] of all.entries()) line.at(index, 120 * KIB, true);
    expect(all.every(({ ended }) => ended === null)).toBe(true);
    for (const line of lines(budget, 100)) line.at(900, 120 * KIB, true);
    expect(all[0]?.ended).toBe('cut');
    expect(budget.total).toBeLessThanOrEqual(64 * MIB);
  });

  it('is asked for again before anybody is cut: who has read since is left alone', () => {
    const budget = new UnsentBudget();
    const readers = lines(budget, 130);
    for (const line of readers) line.at(0, 120 * KIB);
    for (const line of readers) line.waits = 0;
    new Line(budget).at(5000, 900 * KIB);
    new Line(budget).at(5000, 900 * KIB);
    expect(readers.every(({ ended }) => ended === null)).toBe(true);
    expect(budget.total).toBeLessThanOrEqual(16 * MIB);
  });
});

describe('one reader', () => {
  it.each([
    ['over 1 MiB waits', [[0, MIB + 1]], false],
    ['over 128 KiB waits for 5 s', [[0, 200 * KIB], [5001, 200 * KIB]], false],
    ['a replay waits for 30 s', [[0, KIB], [30_001, KIB]], true],
  ] as const)('is slow when %s', (_when, looks, replaying) => {
    const line = new Line(new UnsentBudget());
    for (const [now, waits] of looks) line.at(now, waits, replaying);
    expect(line.ended).toBe('slow');
  });

  it('is not slow as long as it reads now and then', () => {
    const line = new Line(new UnsentBudget());
    for (let now = 0; now < 60_000; now += 1000) line.at(now, now % 3000 === 0 ? 0 : 200 * KIB, now % 2000 === 0);
    expect(line.ended).toBeNull();
  });
});
