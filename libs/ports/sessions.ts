import type { Author, Metadata, Page, Session, UpdateSession } from '#libs/contracts';
import type { StoredFrame } from './event-frame.js';
import type { Reach } from './reach.js';

export interface NewSession {
  readonly id: string;
  readonly tenantId: string;
  readonly owner: Author;
  readonly title?: string;
  readonly agent: string;
  readonly metadata: Metadata;
  readonly at: number;
}

export interface PageRequest {
  readonly limit: number;
  /** Opaque; made by an earlier page of the same list. Null or absent: from the start. */
  readonly cursor?: string | null;
}

/** What one step of a pruning did, and behind which session the next one begins; null when all were looked at. */
export interface Pruned {
  /** Events that were erased. */
  readonly events: number;
  readonly next: string | null;
}

/** Which of the reached sessions; absent fields do not narrow. */
export interface SessionFilter {
  readonly agent?: string;
  readonly owner?: Author;
  /** Stands somewhere in the title; upper and lower case of a to z are the same. */
  readonly text?: string;
}

/** `bad_cursor`: the cursor was not made by this list. */
export type BadCursor = 'bad_cursor';

/** Conversations and who owns them. What `reach` does not cover does not exist. */
export abstract class Sessions {
  abstract create(session: NewSession): Promise<Session>;
  abstract find(id: string, reach: Reach): Promise<Session | null>;
  /** Newest first by creation; a session that exists all the while appears exactly once. */
  abstract list(reach: Reach, page: PageRequest, filter?: SessionFilter): Promise<Page<Session> | BadCursor>;
  abstract update(id: string, reach: Reach, change: UpdateSession, at: number): Promise<Session | null>;

  /**
   * First half of a deletion: from now on the session accepts nothing and is not found. Returns false when it was not within reach.
   * A session that was closed but not erased (crash) is listed by `closed`.
   */
  abstract close(id: string, reach: Reach): Promise<boolean>;
  /** Second half, once no turn is open: appends `session-deleted` and erases events and content. Claims of client ids stay 24 h. */
  abstract erase(id: string, at: number, committed?: (frame: StoredFrame) => void): Promise<StoredFrame | null>;
  /** Sessions that were closed and not yet erased. */
  abstract closed(limit: number): Promise<readonly { readonly id: string; readonly tenantId: string }[]>;

  /**
   * One bounded step of a pruning: erases events, messages, claims and notes of sessions whose last event is older than `before`
   * (ms since the epoch). The sessions stay listed with their `lastSeq`; what is kept of them begins behind what was erased.
   * Looks at up to `limit` sessions of all tenants behind the id `after` and erases up to `limit` events, the oldest first; a session
   * that is not done comes first in the next step. Sessions that have an open turn or are being deleted are left alone.
   */
  abstract prune(before: number, after: string, limit: number): Promise<Pruned>;
}
