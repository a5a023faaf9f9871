import { sql } from 'kysely';
import type { Metadata, Session } from '#libs/contracts';
import { reaches, type Reach } from '#libs/ports';
import type { Reader } from './reader.js';
import { fromStoredText } from './stored-text.js';
import type { SessionsTable } from './tables.js';

/**
 * The number of the last event of session `s`. It is nowhere else: a step then leaves the session's own page alone,
 * which is one page less in each commit.
 */
export const LAST_SEQ = 'coalesce((SELECT max(seq) FROM events WHERE session = s.number), s.first_seq - 1)';
/** The time of its last event; null when none is kept. */
export const LAST_AT = '(SELECT at FROM events WHERE session = s.number ORDER BY seq DESC LIMIT 1)';
const UPDATED_AT = `max(s.changed_at, coalesce(${LAST_AT}, 0))`;

/** Behind WHERE: the events of the session whose id is the first value. */
export const OF_SESSION = 'session = (SELECT number FROM sessions WHERE id = ?1)';

/** A session as it is shown: its row and what follows from its events. */
export interface SessionView extends SessionsTable {
  readonly last_seq: number;
  readonly updated_at: number;
}

/** Selects a `SessionView` by SQL text; a WHERE follows. */
export const SELECT_SESSION_VIEW = `SELECT s.*, ${LAST_SEQ} AS last_seq, ${UPDATED_AT} AS updated_at FROM sessions s`;

/** The same by Kysely. */
export function sessionViews(reader: Reader) {
  return reader
    .selectFrom('sessions as s')
    .selectAll('s')
    .select([sql.raw<number>(LAST_SEQ).as('last_seq'), sql.raw<number>(UPDATED_AT).as('updated_at')]);
}

/** The row, when it is within reach and not being deleted. */
export function reachedRow<Row extends Pick<SessionsTable, 'id' | 'tenant_id' | 'owner_kind' | 'owner_id' | 'closing'>>(
  row: Row | undefined,
  reach: Reach,
): Row | null {
  if (row === undefined || row.closing === 1) return null;
  const owner = { kind: row.owner_kind, id: fromStoredText(row.owner_id) };
  return reaches(reach, { id: row.id, tenantId: row.tenant_id, owner }) ? row : null;
}

export function toSession(row: SessionView): Session {
  const metadata: Metadata = JSON.parse(row.metadata);
  return {
    id: row.id,
    owner: { kind: row.owner_kind, id: fromStoredText(row.owner_id) },
    ...(row.title === null ? {} : { title: fromStoredText(row.title) }),
    agent: fromStoredText(row.agent),
    lastSeq: row.last_seq,
    metadata,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
