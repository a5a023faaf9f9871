import type { DatabaseSync } from 'node:sqlite';
import type { Page } from '#libs/contracts';
import { CONTROL_EVENTS_KEPT, ControlEvents, type BadCursor, type NewControlEvent, type PageRequest, type StoredControlEvent } from '#libs/ports';
import { controlEventPage, toControlEvent, type ControlEventRow } from '../control-event-row.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import { reading } from './to-storage-error.js';

/** The feed of operators on SQLite. */
export class SqliteControlEvents extends ControlEvents {
  readonly #writer: GroupCommit;
  readonly #number;
  readonly #add;
  readonly #trim;
  readonly #forget;
  readonly #after;
  readonly #below;
  readonly #last;

  /** `db` is the writer's connection, `reader` that of the readers. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: DatabaseSync) {
    super();
    this.#writer = writer;
    this.#number = new Query<{ seq: number }>(
      db,
      `INSERT INTO control_event_numbers (tenant_id, last_seq) VALUES (?, 1)
       ON CONFLICT (tenant_id) DO UPDATE SET last_seq = last_seq + 1 RETURNING last_seq AS seq`,
    );
    this.#add = new Query(db, 'INSERT INTO control_events (tenant_id, seq, at, type, detail) VALUES (?, ?, ?, ?, ?)');
    this.#trim = new Query(db, 'DELETE FROM control_events WHERE tenant_id = ? AND seq <= ?');
    this.#forget = new Query(db, 'DELETE FROM control_events WHERE tenant_id = ?');
    this.#after = new Query<ControlEventRow>(reader, 'SELECT * FROM control_events WHERE tenant_id = ? AND seq > ? ORDER BY seq LIMIT ?');
    this.#below = new Query<ControlEventRow>(reader, 'SELECT * FROM control_events WHERE tenant_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?');
    this.#last = new Query<{ seq: number }>(reader, 'SELECT last_seq AS seq FROM control_event_numbers WHERE tenant_id = ?');
  }

  override append(events: readonly NewControlEvent[]): Promise<void> {
    return this.#writer.submit(() => {
      for (const { tenantId, at, type, detail } of events) {
        const seq = this.#number.get(tenantId)?.seq ?? 1;
        this.#add.run(tenantId, seq, at, type, detail);
        this.#trim.run(tenantId, seq - CONTROL_EVENTS_KEPT);
      }
    });
  }

  override after(tenantId: string, after: number, limit: number): Promise<readonly StoredControlEvent[]> {
    return reading(async () => this.#after.all(tenantId, after, limit).map(toControlEvent));
  }

  override last(tenantId: string): Promise<number> {
    return reading(async () => this.#last.get(tenantId)?.seq ?? 0);
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    await this.#writer.submit(() => this.#forget.run(tenantId));
  }

  override list(tenantId: string, page: PageRequest): Promise<Page<StoredControlEvent> | BadCursor> {
    return reading(() => controlEventPage(page, (below, limit) => this.#below.all(tenantId, below, limit)));
  }
}
