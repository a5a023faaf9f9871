import { failure, type Failure, type Principal } from '#libs/contracts';
import type { Decision } from '#libs/ports';

/** How many messages a principal, and its tenant, may send, over all doors together. */
export abstract class MessageLimits {
  /** Counts one message. A refused one counts nothing. */
  abstract take(principal: Principal, at: number): Decision | Promise<Decision>;
  /** Messages per minute and hour that hold for the principal. */
  abstract of(principal: Principal): { readonly messagesPerMinute: number; readonly messagesPerHour: number };
}

/** What a message that was not allowed is told. */
export function tooMany({ quotas, retryAfterMs }: Decision): Failure {
  const spent = quotas.filter(({ remaining }) => remaining === 0);
  const whose = spent.every(({ of }) => of === 'tenant') ? 'of this tenant' : 'of this principal';
  return failure('rate_limited', `too many messages ${whose}`, { retryAfterMs });
}
