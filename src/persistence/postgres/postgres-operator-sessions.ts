import type { Page, Scope } from '#libs/contracts';
import { OperatorSessions, type BadCursor, type OperatorSession, type OperatorSessionFilter, type PageRequest } from '#libs/ports';
import { operatorSessionPage } from '../operator-session-page.js';
import type { Database } from './database.js';
import { fromJsonText, lookupText, toJsonText } from './json-text.js';
import type { OperatorSessionsTable } from './tables.js';

/** Each call is one statement, on disk before it resolves. */
export class PostgresOperatorSessions extends OperatorSessions {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async create(session: OperatorSession): Promise<void> {
    await this.#database
      .insertInto('operator_sessions')
      .values({
        id: session.id,
        tenant_id: session.tenantId,
        operator_id: toJsonText(session.operatorId),
        name: toJsonText(session.name),
        role: session.role,
        scopes: session.scopes === null ? null : JSON.stringify(session.scopes),
        credential_id: session.credentialId,
        created_at: session.createdAt,
        seen_at: session.seenAt,
        expires_at: session.expiresAt,
      })
      .execute();
  }

  override async find(id: string): Promise<OperatorSession | null> {
    const row = await this.#database.selectFrom('operator_sessions').selectAll().where('id', '=', lookupText(id)).executeTakeFirst();
    return row === undefined ? null : toOperatorSession(row);
  }

  override list(tenantId: string, filter: OperatorSessionFilter, page: PageRequest): Promise<Page<OperatorSession> | BadCursor> {
    const { operatorId, expiresAfter, seenAfter } = filter;
    return operatorSessionPage(page, async ({ createdAt, id }, limit) => {
      const query = this.#database
        .selectFrom('operator_sessions')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('expires_at', '>', expiresAfter)
        .where('seen_at', '>', seenAfter)
        .where((eb) => eb.or([eb('created_at', '<', createdAt), eb.and([eb('created_at', '=', createdAt), eb('id', '<', id)])]))
        .$if(operatorId !== undefined, (all) => all.where('operator_id', '=', toJsonText(operatorId ?? '')))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit);
      return (await query.execute()).map(toOperatorSession);
    });
  }

  override async touch(id: string, seenAt: number): Promise<void> {
    await this.#database
      .updateTable('operator_sessions')
      .set({ seen_at: seenAt })
      .where('id', '=', lookupText(id))
      .where('seen_at', '<', seenAt)
      .execute();
  }

  override async remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database.deleteFrom('operator_sessions').where('id', '=', lookupText(id)).executeTakeFirst();
    return numDeletedRows === 1n;
  }

  override async revoke(credentialId: string): Promise<void> {
    await this.#database.deleteFrom('operator_sessions').where('credential_id', '=', lookupText(credentialId)).execute();
  }

  override async sweep(at: number, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('operator_sessions')
      .where('id', 'in', (eb) => eb.selectFrom('operator_sessions').select('id').where('expires_at', '<=', at).limit(limit))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function toOperatorSession(row: OperatorSessionsTable): OperatorSession {
  const scopes: Scope[] | null = row.scopes === null ? null : JSON.parse(row.scopes);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    operatorId: fromJsonText(row.operator_id),
    name: fromJsonText(row.name),
    role: row.role,
    scopes,
    credentialId: row.credential_id,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
  };
}
