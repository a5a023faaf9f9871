import type { Inbox, Lease } from '#libs/ports';

/** The steps that ask for the token. */
export const FENCED = ['append', 'finish', 'release'] as const;

/** Believes every holder of a turn, whoever holds it now: the fencing token is ignored, by these steps. */
export function unfenced(inbox: Inbox, steps: readonly string[] = FENCED): Inbox {
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
      const member: unknown = (steps.includes(String(name)) ? Reflect.get(believing, name) : undefined) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
