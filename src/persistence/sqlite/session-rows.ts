import type { Metadata, Session } from '#libs/contracts';
import { reaches, type Reach } from '#libs/ports';
import { fromStoredText } from './stored-text.js';
import type { SessionsTable } from './tables.js';

/** The row, when it is within reach and not being deleted. */
export function reachedRow<Row extends Pick<SessionsTable, 'id' | 'tenant_id' | 'owner_kind' | 'owner_id' | 'closing'>>(
  row: Row | undefined,
  reach: Reach,
): Row | null {
  if (row === undefined || row.closing === 1) return null;
  const owner = { kind: row.owner_kind, id: fromStoredText(row.owner_id) };
  return reaches(reach, { id: row.id, tenantId: row.tenant_id, owner }) ? row : null;
}

export function toSession(row: SessionsTable): Session {
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
