import type { Author, Page, TurnState } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** How a turn stands. */
export interface TurnStanding {
  readonly turnId: string;
  readonly tenantId: string;
  readonly state: TurnState;
}

export interface OpenTurnCount {
  readonly agent: string;
  readonly state: 'queued' | 'running';
  readonly count: number;
  /** When the oldest of them was accepted; ms since the epoch. */
  readonly oldestAt: number;
}

export interface TenantFigures {
  readonly sessions: number;
  /** Deliveries that are pending or under way. */
  readonly deliveriesOpen: number;
  readonly deliveriesDead: number;
  /** Turns without an end. */
  readonly openTurns: readonly OpenTurnCount[];
}

/** What waits in the outbox over all tenants, and what was given up there; each counted up to `DEPTH_COUNTED`. */
export interface DeliveryDepth {
  readonly waiting: number;
  readonly dead: number;
}
/** Counting stops here, so that it costs the same however much there is. */
export const DEPTH_COUNTED = 10_000;

/** A turn without an end. */
export interface OpenTurnRecord {
  readonly turnId: string;
  readonly messageId: string;
  readonly sessionId: string;
  readonly author: Author;
  readonly agent: string;
  readonly state: 'queued' | 'running';
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
}

/** How much of everything the store holds. */
export abstract class Figures {
  abstract of(tenantId: string): Promise<TenantFigures>;
  /** Turns without an end, the oldest first. */
  abstract open(tenantId: string, page: PageRequest): Promise<Page<OpenTurnRecord> | BadCursor>;
  abstract deliveries(): Promise<DeliveryDepth>;
  /** The highest id of a turn, over all tenants; null when there is none. */
  abstract lastTurn(): Promise<string | null>;
  /** Turns of all tenants, `after` < id <= `last`, the lowest first, at most `limit`; ids are in the order of acceptance, to the millisecond. */
  abstract turns(after: string, last: string, limit: number): Promise<readonly TurnStanding[]>;
}
