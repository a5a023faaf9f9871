import type { Author, Page } from '#libs/contracts';
import { DEPTH_COUNTED, Figures, type DeliveryDepth, type BadCursor, type OpenTurnCount, type OpenTurnRecord, type PageRequest, type TenantFigures, type TurnStanding } from '#libs/ports';
import type { DatabaseSync } from 'node:sqlite';
import { openTurnPage, openTurnsBehind } from '../open-turn-page.js';
import { Query } from './query.js';
import { SessionCount } from './session-count.js';
import { fromStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

/** Figures from SQLite, each counted on an index alone. */
export class SqliteFigures extends Figures {
  readonly #outbox;
  readonly #sessions;
  readonly #open;
  readonly #lastTurn;
  readonly #turns;
  readonly #list;
  readonly #deliveries;

  /** `db` is the readers' connection. */
  constructor(db: DatabaseSync) {
    super();
    this.#sessions = new SessionCount(db);
    this.#outbox = new Query<Pick<TenantFigures, 'deliveriesOpen' | 'deliveriesDead'>>(
      db,
      `SELECT (SELECT count(*) FROM deliveries WHERE tenant_id = ?1 AND state IN ('pending', 'delivering')) AS deliveriesOpen,
              (SELECT count(*) FROM deliveries WHERE tenant_id = ?1 AND state = 'dead') AS deliveriesDead`,
    );
    this.#open = new Query<OpenTurnCount>(
      db,
      `SELECT agent, state, count(*) AS count, min(accepted_at) AS oldestAt FROM turns INDEXED BY turns_open
       WHERE ended_seq IS NULL AND tenant_id = ? GROUP BY agent, state ORDER BY agent, state`,
    );
    this.#list = new Query<Omit<OpenTurnRecord, 'author'> & { readonly authorKind: Author['kind']; readonly authorId: string }>(
      db,
      `SELECT id AS turnId, message_id AS messageId, session_id AS sessionId, author_kind AS authorKind, author_id AS authorId,
              agent, state, attempt, accepted_at AS acceptedAt
       FROM turns INDEXED BY turns_open WHERE ended_seq IS NULL AND tenant_id = ? AND id > ? ORDER BY id LIMIT ?`,
    );
    const counted = (states: string) => `(SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE ${states} LIMIT ${DEPTH_COUNTED}))`;
    this.#deliveries = new Query<DeliveryDepth>(db, `SELECT ${counted("state IN ('pending', 'delivering')")} AS waiting, ${counted("state = 'dead'")} AS dead`);
    this.#lastTurn = new Query<{ readonly id: string }>(db, 'SELECT id FROM turns ORDER BY id DESC LIMIT 1');
    this.#turns = new Query<TurnStanding>(
      db,
      'SELECT id AS turnId, tenant_id AS tenantId, state FROM turns WHERE id > ? AND id <= ? ORDER BY id LIMIT ?',
    );
  }

  override of(tenantId: string): Promise<TenantFigures> {
    return reading(async () => {
      const outbox = this.#outbox.get(tenantId);
      if (outbox === undefined) throw new Error('counting gave no row');
      const openTurns = this.#open.all(tenantId).map((row) => ({ ...row, agent: fromStoredText(row.agent) }));
      return { sessions: this.#sessions.of(tenantId), ...outbox, openTurns };
    });
  }

  override open(tenantId: string, page: PageRequest): Promise<Page<OpenTurnRecord> | BadCursor> {
    return reading(async () => {
      const behind = openTurnsBehind(page);
      if (behind === 'bad_cursor') return behind;
      const rows = this.#list.all(tenantId, behind.after, page.limit + 1).map(({ authorKind, authorId, ...row }) => {
        return { ...row, agent: fromStoredText(row.agent), author: { kind: authorKind, id: fromStoredText(authorId) } };
      });
      return openTurnPage(rows, page.limit);
    });
  }

  override deliveries(): Promise<DeliveryDepth> {
    return reading(async () => this.#deliveries.get() ?? { waiting: 0, dead: 0 });
  }

  override lastTurn(): Promise<string | null> {
    return reading(async () => this.#lastTurn.get()?.id ?? null);
  }

  override turns(after: string, last: string, limit: number): Promise<readonly TurnStanding[]> {
    return reading(async () => this.#turns.all(after, last, limit));
  }
}
