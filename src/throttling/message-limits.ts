import type { Principal } from '#libs/contracts';
import type { Decision } from '#libs/ports';

/** How many messages a principal may send, over all doors together. */
export abstract class MessageLimits {
  /** Counts one message. A refused one counts nothing. */
  abstract take(principal: Principal, at: number): Decision | Promise<Decision>;
  /** Messages per minute and hour that hold for the principal. */
  abstract of(principal: Principal): { readonly messagesPerMinute: number; readonly messagesPerHour: number };
}
