import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { armedFailpoint, type ArmedFailpoint } from '../../src/config/failpoint.js';

describe('a failpoint', () => {
  it('is armed only in a process that says it is under test', () => {
    const armed: ArmedFailpoint = { step: 'accept.before-commit', passing: 3 };
    expect(armedFailpoint({ PARLEY_TESTING: '1', PARLEY_FAILPOINT: 'accept.before-commit:3' })).toEqual(armed);
    expect(armedFailpoint({ PARLEY_FAILPOINT: 'accept.before-commit:3' })).toBeNull();
    expect(() => readConfig({ PARLEY_FAILPOINT: 'accept.before-commit:3' })).toThrow(/^PARLEY_FAILPOINT: .*tests only/);
  });

  it('of an unknown step or a wrong number ends the start', () => {
    for (const wrong of ['nowhere', 'accept.before-commit:0', 'accept.before-commit:x', 'accept.before-commit:1:2']) {
      expect(armedFailpoint({ PARLEY_TESTING: '1', PARLEY_FAILPOINT: wrong })).toBeNull();
      expect(() => readConfig({ PARLEY_TESTING: '1', PARLEY_FAILPOINT: wrong })).toThrow('PARLEY_FAILPOINT: not a known step');
    }
  });

  it('that is not set changes nothing', () => {
    expect(readConfig({ PARLEY_TESTING: '1' }).settings).toEqual(readConfig({}).settings);
  });
});
