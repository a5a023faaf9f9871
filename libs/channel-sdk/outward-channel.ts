import type { DeliveryRecord } from '#libs/ports';
import { Channel } from './channel.js';
import type { Outcome } from './outcome.js';

/** A receiver that may be sent to. */
export interface Address {
  /** The channel's own name of it, kept with each delivery. */
  readonly target: string;
  /** As people read it. */
  readonly to: string;
  /** What the caller must be told once, such as the signing secret of an address that was new. */
  readonly secret?: string;
}

/** How an attempt went: it arrived, it may arrive later, or it never will. `reason` is for people and holds no secret. */
export type DeliveryResult =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs: number | null }
  | { readonly kind: 'refused'; readonly reason: string };

/** A channel that can also reach somebody who is not connected. While it is stopped, its deliveries wait in the outbox. */
export abstract class OutwardChannel extends Channel {
  /** Finds the receiver that `to` names for this tenant; refuses what cannot be sent to before anything is stored. */
  abstract address(to: string, tenantId: string): Promise<Outcome<Address>>;
  /**
   * Tries once, within the channel's own deadline; never rejects for what the outside does. The delivery's id is the same at every
   * attempt. Once `signal` is aborted it lets go: the attempt counts as failed, and may have arrived.
   */
  abstract deliver(delivery: DeliveryRecord, signal: AbortSignal): Promise<DeliveryResult>;
}
