import { describe, expect, it } from 'vitest';
import type { Inbox, Lease } from '#libs/ports';
import { simulate } from './simulate.js';

const SEEDS = 100;

/** Believes every holder of a turn, whoever holds it now: the fencing token is ignored. */
function unfenced(inbox: Inbox): Inbox {
  const current = async <Held extends Lease>(lease: Held): Promise<Held> => {
    const open = (await inbox.openTurns(null, 1000)).find(({ turnId }) => turnId === lease.turnId);
    return { ...lease, attempt: open?.attempt ?? lease.attempt };
  };
  const believing: Partial<Inbox> = {
    append: async (lease, facts, checkpoint, committed) => inbox.append(await current(lease), facts, checkpoint, committed),
    finish: async (lease, end, startNext, committed) => inbox.finish(await current(lease), end, startNext, committed),
    release: async (lease) => inbox.release(await current(lease)),
  };
  return new Proxy(inbox, {
    get: (target, name) => {
      const member: unknown = Reflect.get(believing, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

describe('a store that lets a stalled worker write late', () => {
  it('is found out by the oracle', async () => {
    const broken: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) broken.push(...(await simulate(seed, unfenced)).broken);
    expect(broken).not.toEqual([]);
  }, 60_000);
});
