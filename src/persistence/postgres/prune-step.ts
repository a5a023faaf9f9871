import { sql, type Transaction } from 'kysely';
import type { Pruned } from '#libs/ports';
import type { Database } from './database.js';
import type { Tables } from './tables.js';

interface PrunableRow {
  readonly id: string;
  readonly first_seq: number;
  readonly last_seq: number;
}

/** The time of the last event, read from the fixed beginning of its JSON: the rest may hold what jsonb refuses. */
const LAST_AT = sql<number>`(
  SELECT 1000 * extract(epoch FROM substring(e.json FROM '^\\{"type":"[a-z-]+","at":"([^"]+)"')::timestamptz)
  FROM parley.events e WHERE e.session_id = sessions.id ORDER BY e.seq DESC LIMIT 1
)`;

/** `Sessions.prune`, in one transaction; it locks each session that it changes, as the steps of the road do. */
export function pruneStep(database: Database, before: number, after: string, limit: number): Promise<Pruned> {
  return database.transaction().execute(async (transaction) => {
    const looked = await transaction
      .selectFrom('sessions')
      .select(['id', sql<boolean>`coalesce(${LAST_AT} < ${before}, false)`.as('is_old')])
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    let events = 0;
    let done = after;
    for (const { id, is_old: isOld } of looked) {
      const row = isOld ? await lockOld(transaction, id, before) : undefined;
      if (row !== undefined) {
        if (events === limit) return { events, next: done };
        const upTo = Math.min(row.last_seq, row.first_seq + limit - events - 1);
        events += await erase(transaction, row, upTo);
        if (upTo < row.last_seq) return { events, next: done };
      }
      done = id;
    }
    return { events, next: looked.length < limit ? null : done };
  });
}

/** Looked at again once the row is locked: a message may have come just before. */
function lockOld(transaction: Transaction<Tables>, id: string, before: number): Promise<PrunableRow | undefined> {
  return transaction
    .selectFrom('sessions')
    .select(['id', 'first_seq', 'last_seq'])
    .where('id', '=', id)
    .where('closing', '=', false)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('turns').select('turns.id').whereRef('turns.session_id', '=', 'sessions.id').where('turns.ended_seq', 'is', null))),
    )
    .where(sql<boolean>`${LAST_AT} < ${before}`)
    .forUpdate()
    .executeTakeFirst();
}

async function erase(transaction: Transaction<Tables>, { id, last_seq: lastSeq }: PrunableRow, upTo: number): Promise<number> {
  await transaction
    .deleteFrom('turns')
    .where('id', 'in', (said) =>
      said
        .selectFrom('events')
        .select('events.turn_id')
        .$narrowType<{ turn_id: string }>()
        .where('events.session_id', '=', id)
        .where('events.seq', '<=', upTo)
        .where('events.type', '=', 'message-accepted'),
    )
    .execute();
  const { numDeletedRows } = await transaction.deleteFrom('events').where('session_id', '=', id).where('seq', '<=', upTo).executeTakeFirst();
  if (upTo === lastSeq) await transaction.deleteFrom('notes').where('session_id', '=', id).execute();
  await transaction.updateTable('sessions').set({ first_seq: upTo + 1 }).where('id', '=', id).execute();
  return Number(numDeletedRows);
}
