import { sql, type Kysely, type Transaction } from 'kysely';
import { isId, NO_PRINCIPAL_LIMITS, type Page, type PrincipalLimits, type Scope } from '#libs/contracts';
import { changedKey, Keys, type BadCursor, type KeyChange, type KeyRecord, type KeySecret, type PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { anyOf } from './any-of.js';
import type { Database } from './database.js';
import { fromJsonText, lookupText, toJsonText } from './json-text.js';
import type { KeySecretsTable, KeysTable, Tables } from './tables.js';

const LIST = 'keys';

/** A key and its secrets change in one transaction, on disk before the call resolves. */
export class PostgresKeys extends Keys {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async create(key: KeyRecord): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('keys')
        .values({
          id: key.id,
          tenant_id: key.tenantId,
          name: toJsonText(key.name),
          scopes: JSON.stringify(key.scopes),
          limits: JSON.stringify(key.limits),
          created_at: key.createdAt,
          expires_at: key.expiresAt,
          last_used_at: key.lastUsedAt,
        })
        .execute();
      await addSecrets(transaction, key.id, key.secrets);
    });
  }

  override async findByPrefix(prefix: string): Promise<KeyRecord | null> {
    const row = await this.#database
      .selectFrom('keys')
      .innerJoin('key_secrets', 'key_secrets.key_id', 'keys.id')
      .selectAll('keys')
      .where('key_secrets.prefix', '=', lookupText(prefix))
      .executeTakeFirst();
    return row === undefined ? null : await this.#withSecrets(row);
  }

  override async find(id: string, tenantId: string): Promise<KeyRecord | null> {
    if (!isId(id)) return null;
    const row = await this.#database
      .selectFrom('keys')
      .selectAll()
      .where('id', '=', id)
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    return row === undefined ? null : await this.#withSecrets(row);
  }

  override async list(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<KeyRecord> | BadCursor> {
    let ids = this.#database.selectFrom('keys').select('id').where('tenant_id', '=', tenantId).orderBy('id', 'desc').limit(limit + 1);
    if (cursor !== undefined && cursor !== null) {
      const before = readCursor(cursor, LIST, 'string');
      if (before === undefined || !isId(before)) return 'bad_cursor';
      ids = ids.where('id', '<', before);
    }
    const rows = await this.#database.selectFrom('keys').selectAll().where('id', '=', anyOf<string>(ids)).orderBy('id', 'desc').execute();
    const shown = rows.slice(0, limit);
    const secrets = await secretsOf(this.#database, shown.map((row) => row.id));
    const items = shown.map((row) => toRecord(row, secrets));
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override async update(id: string, tenantId: string, change: KeyChange): Promise<KeyRecord | null> {
    return await this.#database.transaction().execute(async (transaction) => {
      const key = await lockedKey(transaction, id, tenantId);
      if (key === null) return null;
      const next = changedKey(key, change);
      await transaction
        .updateTable('keys')
        .set({ name: toJsonText(next.name), scopes: JSON.stringify(next.scopes), limits: JSON.stringify(next.limits), expires_at: next.expiresAt })
        .where('id', '=', id)
        .execute();
      return next;
    });
  }

  override async replaceSecrets(id: string, tenantId: string, renew: (secrets: readonly KeySecret[]) => readonly KeySecret[]): Promise<KeyRecord | null> {
    return await this.#database.transaction().execute(async (transaction) => {
      const key = await lockedKey(transaction, id, tenantId);
      if (key === null) return null;
      const secrets = renew(key.secrets);
      await transaction.deleteFrom('key_secrets').where('key_id', '=', id).execute();
      await addSecrets(transaction, id, secrets);
      return { ...key, secrets };
    });
  }

  override async remove(id: string, tenantId: string): Promise<boolean> {
    if (!isId(id)) return false;
    const { numDeletedRows } = await this.#database
      .deleteFrom('keys')
      .where('id', '=', id)
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  override async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    const known = [...uses].filter(([id]) => isId(id));
    if (known.length === 0) return;
    const ids = known.map(([id]) => id);
    const times = known.map(([, at]) => at);
    await sql`
      UPDATE parley.keys SET last_used_at = used.at
      FROM unnest(${ids}::text[], ${times}::bigint[]) AS used (id, at)
      WHERE keys.id = used.id AND (keys.last_used_at IS NULL OR keys.last_used_at < used.at)
    `.execute(this.#database);
  }

  async #withSecrets(row: KeysTable): Promise<KeyRecord> {
    return toRecord(row, await secretsOf(this.#database, [row.id]));
  }
}

async function secretsOf(database: Kysely<Tables>, ids: readonly string[]): Promise<readonly KeySecretsTable[]> {
  if (ids.length === 0) return [];
  return await database.selectFrom('key_secrets').selectAll().where('key_id', 'in', ids).orderBy('place').execute();
}

/** The key, which nobody else changes before the transaction is over. */
async function lockedKey(transaction: Transaction<Tables>, id: string, tenantId: string): Promise<KeyRecord | null> {
  if (!isId(id)) return null;
  const row = await transaction.selectFrom('keys').selectAll().where('id', '=', id).where('tenant_id', '=', tenantId).forUpdate().executeTakeFirst();
  return row === undefined ? null : toRecord(row, await secretsOf(transaction, [id]));
}


async function addSecrets(transaction: Transaction<Tables>, id: string, secrets: readonly KeySecret[]): Promise<void> {
  if (secrets.length === 0) return;
  const rows = secrets.map(({ prefix, hash, expiresAt }, place) => ({ prefix, key_id: id, place, hash, expires_at: expiresAt }));
  await transaction.insertInto('key_secrets').values(rows).execute();
}

function toRecord(row: KeysTable, secrets: readonly KeySecretsTable[]): KeyRecord {
  const scopes: Scope[] = JSON.parse(row.scopes);
  // What was written before a limit existed does not name it.
  const named: Partial<PrincipalLimits> = JSON.parse(row.limits);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: fromJsonText(row.name),
    scopes,
    limits: { ...NO_PRINCIPAL_LIMITS, ...named },
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    secrets: secrets
      .filter((secret) => secret.key_id === row.id)
      .map(({ prefix, hash, expires_at: expiresAt }) => ({ prefix, hash, expiresAt })),
  };
}
