import { expect, it } from 'vitest';
import { Oracle, type Attempt } from './oracle.js';
import { brokenPromises } from './verdict.js';

const FIRST = 101;
const SECOND = 102;

/** What the oracle says of two calls of one message, when the first process was seen to have ended at 1,000. */
function judged(first: Omit<Attempt, 'marker' | 'key' | 'effect'>, second: Omit<Attempt, 'marker' | 'key' | 'effect'>): string[] {
  const oracle = new Oracle();
  oracle.intends({ id: 'm-1', kind: 'keyed', socket: 's' });
  oracle.crashed(1000, FIRST);
  const call = { marker: 'm-1', key: 'k' };
  const verdict = oracle.judge(new Map(), [
    { ...call, ...first, effect: true },
    { ...call, ...second, effect: false },
  ]);
  return brokenPromises(verdict).filter((line) => line.startsWith('repeats'));
}

it('a call that the service came to only after its caller had died was made before that', () => {
  expect(judged({ at: 1020, caller: FIRST }, { at: 1500, caller: SECOND })).toEqual([]);
  expect(judged({ at: 900 }, { at: 1500 })).toEqual([]);
});

it('a call that one process makes twice is a repeat, and so is one of a process that lives', () => {
  const repeat = ['repeats without a crash: m-1: attempt 2'];
  expect(judged({ at: 1020, caller: SECOND }, { at: 1500, caller: SECOND })).toEqual(repeat);
  expect(judged({ at: 1020, caller: SECOND }, { at: 1500, caller: FIRST })).toEqual(repeat);
  expect(judged({ at: 800, caller: FIRST }, { at: 900, caller: SECOND })).toEqual(repeat);
  expect(judged({ at: 1020 }, { at: 1500 })).toEqual(repeat);
});

it('a call is made again while the store fails, and not before or after that', () => {
  const repeatsOf = (first: number, second: number): string[] => {
    const oracle = new Oracle();
    oracle.intends({ id: 'm-1', kind: 'keyed', socket: 's' });
    oracle.storeFailed(1000, 2000);
    const call = { marker: 'm-1', key: 'k', caller: FIRST };
    const verdict = oracle.judge(new Map(), [
      { ...call, at: first, effect: true },
      { ...call, at: second, effect: false },
    ]);
    return brokenPromises(verdict).filter((line) => line.startsWith('repeats'));
  };
  for (const [first, second] of [[900, 2100], [1200, 1300], [900, 1100], [1900, 2100]] as const) expect(repeatsOf(first, second)).toEqual([]);
  for (const [first, second] of [[800, 900], [2100, 2200]] as const) expect(repeatsOf(first, second)).toHaveLength(1);
});
