import type { Page } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** Events of one tenant that are kept; older ones go. */
export const CONTROL_EVENTS_KEPT = 10_000;

export interface NewControlEvent {
  readonly tenantId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: string;
  /** What it is about, as JSON. */
  readonly detail: string;
}

export interface StoredControlEvent extends NewControlEvent {
  /** 1, 2, 3 … in each tenant. */
  readonly seq: number;
}

/** What happens in the gateway, for those who operate it: numbered in each tenant without gaps, the last 10,000 are kept. */
export abstract class ControlEvents {
  /** Numbers and keeps them in this order, all or none, and lets go of what is too old. */
  abstract append(events: readonly NewControlEvent[]): Promise<void>;
  /** Events with `seq > after`, ascending, at most `limit`. */
  abstract after(tenantId: string, after: number, limit: number): Promise<readonly StoredControlEvent[]>;
  /** The number of the last event; 0 before the first. */
  abstract last(tenantId: string): Promise<number>;
  /** Newest first. */
  abstract list(tenantId: string, page: PageRequest): Promise<Page<StoredControlEvent> | BadCursor>;
  /** Removes all events of a tenant; their numbers are not given again. */
  abstract forgetTenant(tenantId: string): Promise<void>;
}
