import type { DatabaseSync } from 'node:sqlite';
import { OPEN_DELIVERIES_LIMIT, REPLY_CHANNEL, type StoredFrame } from '#libs/ports';
import { Query } from './query.js';

/** Enqueues ends of turns for the callback of their session. For use in the step that stores the end, so that both are one commit. */
export class ReplyDelivery {
  readonly #add;

  constructor(db: DatabaseSync) {
    this.#add = new Query(
      db,
      `INSERT OR IGNORE INTO deliveries (id, tenant_id, channel, idempotency_key, target, recipient, payload, session_id, turn_id, state,
                                         due_at, reason, created_at, changed_at)
       SELECT ?1, t.tenant_id, '${REPLY_CHANNEL}', ?1 || ':reply', t.id, t.url, ?2, t.session_id, ?1,
              iif(full, 'dead', 'pending'), ?3, iif(full, 'the outbox was full', NULL), ?3, ?3
       FROM (
         SELECT target.*, (
           SELECT count(*) FROM (
             SELECT 1 FROM deliveries d
             WHERE d.tenant_id = target.tenant_id AND d.state IN ('pending', 'delivering') LIMIT ${OPEN_DELIVERIES_LIMIT}
           )
         ) >= ${OPEN_DELIVERIES_LIMIT} AS full
         FROM callback_targets target WHERE target.session_id = ?4
       ) t`,
    );
  }

  /** `at` in ms since the epoch. Of one turn only the first end is enqueued. */
  enqueue({ turnId, sessionId, json }: StoredFrame, at: number): void {
    this.#add.run(turnId, json, at, sessionId);
  }
}
