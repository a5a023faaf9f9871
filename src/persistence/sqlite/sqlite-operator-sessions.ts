import type { DatabaseSync } from 'node:sqlite';
import type { Page, Scope } from '#libs/contracts';
import { OperatorSessions, type BadCursor, type OperatorSession, type OperatorSessionFilter, type PageRequest } from '#libs/ports';
import { operatorSessionPage } from '../operator-session-page.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import type { OperatorSessionsTable } from './tables.js';
import { reading } from './to-storage-error.js';

/** Signed-in operators on SQLite. */
export class SqliteOperatorSessions extends OperatorSessions {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #add;
  readonly #touch;
  readonly #remove;
  readonly #revoke;
  readonly #sweep;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#add = new Query(
      db,
      `INSERT INTO operator_sessions (id, tenant_id, operator_id, name, role, scopes, credential_id, created_at, seen_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#touch = new Query(db, 'UPDATE operator_sessions SET seen_at = max(seen_at, ?) WHERE id = ?');
    this.#remove = new Query(db, 'DELETE FROM operator_sessions WHERE id = ?');
    this.#revoke = new Query(db, 'DELETE FROM operator_sessions WHERE credential_id = ?');
    this.#sweep = new Query(
      db,
      'DELETE FROM operator_sessions WHERE id IN (SELECT id FROM operator_sessions WHERE expires_at <= ? LIMIT ?)',
    );
  }

  override create(session: OperatorSession): Promise<void> {
    return this.#writer.submit(() => {
      const { id, tenantId, operatorId, name, role, scopes, credentialId, createdAt, seenAt, expiresAt } = session;
      const who = { id: toStoredText(operatorId), name: toStoredText(name) };
      const allowed = scopes === null ? null : JSON.stringify(scopes);
      this.#add.run(id, tenantId, who.id, who.name, role, allowed, credentialId, createdAt, seenAt, expiresAt);
    });
  }

  override find(id: string): Promise<OperatorSession | null> {
    return reading(async () => {
      const row = await this.#reader.selectFrom('operator_sessions').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : toOperatorSession(row);
    });
  }

  override list(tenantId: string, filter: OperatorSessionFilter, page: PageRequest): Promise<Page<OperatorSession> | BadCursor> {
    const { operatorId, expiresAfter, seenAfter } = filter;
    return reading(() =>
      operatorSessionPage(page, async ({ createdAt, id }, limit) => {
        const query = this.#reader
          .selectFrom('operator_sessions')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('expires_at', '>', expiresAfter)
          .where('seen_at', '>', seenAfter)
          .where((eb) => eb.or([eb('created_at', '<', createdAt), eb.and([eb('created_at', '=', createdAt), eb('id', '<', id)])]))
          .$if(operatorId !== undefined, (all) => all.where('operator_id', '=', toStoredText(operatorId ?? '')))
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit);
        return (await query.execute()).map(toOperatorSession);
      }),
    );
  }

  override touch(id: string, seenAt: number): Promise<void> {
    return this.#writer.submit(() => {
      this.#touch.run(seenAt, id);
    });
  }

  override remove(id: string): Promise<boolean> {
    return this.#writer.submit(() => this.#remove.run(id) === 1);
  }

  override revoke(credentialId: string): Promise<void> {
    return this.#writer.submit(() => {
      this.#revoke.run(credentialId);
    });
  }

  override sweep(at: number, limit: number): Promise<number> {
    return this.#writer.submit(() => this.#sweep.run(at, limit));
  }
}

function toOperatorSession(row: OperatorSessionsTable): OperatorSession {
  const scopes: Scope[] | null = row.scopes === null ? null : JSON.parse(row.scopes);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    operatorId: fromStoredText(row.operator_id),
    name: fromStoredText(row.name),
    role: row.role,
    scopes,
    credentialId: row.credential_id,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
  };
}
