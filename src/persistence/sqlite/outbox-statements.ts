import type { DatabaseSync } from 'node:sqlite';
import type { DeliveriesTable } from '../delivery-row.js';
import { Query } from './query.js';

const OPEN = "state IN ('pending', 'delivering')";
/** Said besides the state that is meant, since without it SQLite does not take the index of what has ended, and reads all deliveries. */
const ENDED = "state IN ('delivered', 'dead')";
/** Of what is due, so much is looked at to find targets that are not busy. */
const LOOKED_AT = 500;

/** The statements of the outbox, prepared once on the writer's connection. */
export class OutboxStatements {
  readonly byId;
  readonly byKey;
  readonly open;
  readonly add;
  readonly anyDue;
  readonly due;
  readonly take;
  readonly settle;
  readonly redrive;
  readonly sweep;
  readonly forgetDeliveries;
  readonly forgetTargets;

  constructor(db: DatabaseSync) {
    this.byId = new Query<DeliveriesTable>(db, 'SELECT * FROM deliveries WHERE id = ? AND tenant_id = ?');
    this.byKey = new Query<DeliveriesTable>(db, 'SELECT * FROM deliveries WHERE tenant_id = ? AND channel = ? AND idempotency_key = ?');
    this.open = new Query<{ open: number }>(
      db,
      `SELECT count(*) AS open FROM (SELECT 1 FROM deliveries WHERE tenant_id = ? AND ${OPEN} LIMIT ?)`,
    );
    this.add = new Query(
      db,
      `INSERT INTO deliveries (id, tenant_id, channel, idempotency_key, fingerprint, target, recipient, payload, request_id, state, due_at,
                               created_at, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)`,
    );
    this.anyDue = new Query<{ due: 1 }>(db, `SELECT 1 AS due FROM deliveries WHERE ${OPEN} AND due_at <= ? LIMIT 1`);
    this.due = new Query<{ id: string }>(
      db,
      `SELECT id FROM (
         SELECT id, due_at, row_number() OVER (PARTITION BY target ORDER BY due_at, id) AS place FROM (
           SELECT id, due_at, target FROM deliveries
           WHERE ${OPEN} AND due_at <= ? AND channel IN (SELECT value FROM json_each(?)) AND target NOT IN (SELECT value FROM json_each(?))
           ORDER BY due_at, id LIMIT ${LOOKED_AT}
         )
       ) WHERE place <= ? ORDER BY due_at, id LIMIT ?`,
    );
    this.take = new Query<DeliveriesTable>(
      db,
      `UPDATE deliveries SET state = 'delivering', attempts = attempts + 1, fence = fence + 1, due_at = ?, changed_at = ? WHERE id = ? RETURNING *`,
    );
    this.settle = new Query(
      db,
      "UPDATE deliveries SET state = ?, due_at = ?, reason = ?, changed_at = ? WHERE id = ? AND fence = ? AND state = 'delivering'",
    );
    this.redrive = new Query(
      db,
      "UPDATE deliveries SET state = 'pending', attempts = 0, due_at = ?, changed_at = ? WHERE id = ? AND state = 'dead'",
    );
    this.forgetDeliveries = new Query(db, 'DELETE FROM deliveries WHERE tenant_id = ?');
    this.forgetTargets = new Query(db, 'DELETE FROM callback_targets WHERE tenant_id = ?');
    this.sweep = new Query(
      db,
      `DELETE FROM deliveries WHERE id IN (
         SELECT id FROM deliveries WHERE ${ENDED} AND state = 'delivered' AND changed_at < ?
         UNION ALL SELECT id FROM deliveries WHERE ${ENDED} AND state = 'dead' AND changed_at < ? LIMIT ?
       )`,
    );
  }
}
