import { sql } from 'kysely';
import { isId, type Page } from '#libs/contracts';
import { Registrations, type Addition, type BadCursor, type PageRequest, type Registration, type RegistrationKind } from '#libs/ports';
import { registrationPage, type RegistrationRow } from '../registration-row.js';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';

/** What operators registered, on PostgreSQL. */
export class PostgresRegistrations extends Registrations {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override add({ kind, tenantId, id, name, json }: Registration, atMost = Infinity): Promise<Addition> {
    return this.#database.transaction().execute(async (step) => {
      // Two that count at once would both find room: readers go on, writers wait for each other.
      await sql`LOCK TABLE parley.registrations IN SHARE ROW EXCLUSIVE MODE`.execute(step);
      const { rows } = await sql<{ count: number; taken: boolean }>`
        SELECT COUNT(*)::integer AS count, COALESCE(bool_or(name = ${toJsonText(name)}), false) AS taken
        FROM parley.registrations WHERE kind = ${kind} AND tenant_id = ${tenantId}`.execute(step);
      const [kept] = rows;
      if (kept?.taken === true) return 'name_taken';
      if ((kept?.count ?? 0) >= atMost) return 'full';
      await sql`
        INSERT INTO parley.registrations (kind, tenant_id, id, name, json)
        VALUES (${kind}, ${tenantId}, ${id}, ${toJsonText(name)}, ${json})`.execute(step);
      return 'added';
    });
  }

  override async change(kind: RegistrationKind, tenantId: string, id: string, json: string, was?: string): Promise<boolean> {
    if (!isId(id)) return false;
    const { numAffectedRows } = await sql`
      UPDATE parley.registrations SET json = ${json} WHERE kind = ${kind} AND tenant_id = ${tenantId} AND id = ${id}
        AND json = COALESCE(${was ?? null}, json)`.execute(this.#database);
    return numAffectedRows === 1n;
  }

  override async remove(kind: RegistrationKind, tenantId: string, id: string): Promise<boolean> {
    if (!isId(id)) return false;
    const { numAffectedRows } = await sql`
      DELETE FROM parley.registrations WHERE kind = ${kind} AND tenant_id = ${tenantId} AND id = ${id}`.execute(this.#database);
    return numAffectedRows === 1n;
  }

  override async find(kind: RegistrationKind, tenantId: string, id: string): Promise<Registration | null> {
    if (!isId(id)) return null;
    const { rows } = await sql<RegistrationRow>`
      SELECT * FROM parley.registrations WHERE kind = ${kind} AND tenant_id = ${tenantId} AND id = ${id}`.execute(this.#database);
    return rows[0] === undefined ? null : toRegistration(rows[0]);
  }

  override list(kind: RegistrationKind, tenantId: string, page: PageRequest): Promise<Page<Registration> | BadCursor> {
    return registrationPage(kind, page, async (below, limit) => {
      const { rows } = await sql<RegistrationRow>`
        SELECT * FROM parley.registrations WHERE kind = ${kind} AND tenant_id = ${tenantId} AND id < ${below}
        ORDER BY id DESC LIMIT ${limit}::integer`.execute(this.#database);
      return rows.map(toRegistration);
    });
  }

  override async all(kind: RegistrationKind): Promise<readonly Registration[]> {
    const { rows } = await sql<RegistrationRow>`SELECT * FROM parley.registrations WHERE kind = ${kind}`.execute(this.#database);
    return rows.map(toRegistration);
  }
}

function toRegistration({ kind, tenant_id: tenantId, id, name, json }: RegistrationRow): Registration {
  return { kind, tenantId, id, name: fromJsonText(name), json };
}
