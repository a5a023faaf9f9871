import { afterEach, describe, expect, it } from 'vitest';
import type { Failpoint } from '../../src/config/failpoint.js';
import { Trial } from './harness/trial.js';
import type { Kind } from './oracle.js';
import { brokenPromises } from './verdict.js';

const DIES_WITHIN_MS = 60_000;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

/** Steps that come by when messages are sent, with what the messages ask and at which passing the process dies. */
const ON_THE_ROAD: readonly (readonly [step: Failpoint, passing: number, kinds: readonly Kind[]])[] = [
  ['accept.before-commit', 3, ['plain', 'keyed']],
  ['accept.after-commit', 3, ['plain', 'keyed']],
  ['accept.after-ack', 3, ['plain', 'keyed']],
  ['commit.before', 20, ['plain', 'keyed', 'bare']],
  ['commit.after', 20, ['plain', 'keyed', 'bare']],
  ['claim.before-commit', 1, ['keyed']],
  ['claim.after-commit', 1, ['keyed']],
  ['start.after-commit', 3, ['plain', 'keyed']],
  ['phase-changed.before-commit', 2, ['phased']],
  ['phase-changed.after-commit', 2, ['phased']],
  ['tool-called.before-commit', 2, ['keyed', 'bare']],
  ['tool-called.after-commit', 2, ['keyed', 'bare']],
  ['skill.before-call', 2, ['keyed', 'bare']],
  ['skill.after-call', 2, ['keyed', 'bare']],
  ['tool-finished.before-commit', 2, ['keyed', 'bare']],
  ['tool-finished.after-commit', 2, ['keyed', 'bare']],
  ['checkpoint.before-commit', 2, ['long']],
  ['checkpoint.after-commit', 2, ['long']],
  ['publish.before', 9, ['plain', 'keyed', 'bare']],
  ['finish.before-commit', 2, ['plain', 'keyed', 'bare']],
  ['finish.after-commit', 2, ['plain', 'keyed', 'bare']],
  ['finish.after-publish', 2, ['plain', 'keyed', 'bare']],
];

async function keepsItsPromises(): Promise<void> {
  expect(await trial?.quiet()).toEqual([]);
  const verdict = await trial?.judge();
  expect(verdict === undefined ? ['no verdict'] : brokenPromises(verdict)).toEqual([]);
}

describe('a gateway that is killed at a step of the road', () => {
  it.each(ON_THE_ROAD)('%s: loses nothing, repeats nothing', async (step, passing, kinds) => {
    const crowded = step.startsWith('claim');
    const settings = { MAX_CONCURRENT_TURNS: crowded ? '1' : '32' };
    trial = await Trial.begin({ clients: crowded ? 6 : 2, kinds, settings, failpoint: { step, passing } });
    const sending = trial.sendEach(4);
    expect(await trial.diedWithin(DIES_WITHIN_MS)).toBe('SIGKILL');
    await trial.start();
    await sending;
    await keepsItsPromises();
  });
});
