import type { DatabaseSync } from 'node:sqlite';
import { isId, NO_PRINCIPAL_LIMITS, type Page, type PrincipalLimits, type Scope } from '#libs/contracts';
import { changedKey, Keys, type BadCursor, type KeyChange, type KeyRecord, type KeySecret, type PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import type { KeySecretsTable, KeysTable } from './tables.js';
import { reading } from './to-storage-error.js';

const LIST = 'keys';

/** API keys on SQLite; a key and its secrets change in one commit. */
export class SqliteKeys extends Keys {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #add;
  readonly #addSecret;
  readonly #dropSecrets;
  readonly #row;
  readonly #secrets;
  readonly #update;
  readonly #remove;
  readonly #touch;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#add = new Query(
      db,
      'INSERT INTO keys (id, tenant_id, name, scopes, limits, created_at, expires_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#addSecret = new Query(db, 'INSERT INTO key_secrets (prefix, key_id, place, hash, expires_at) VALUES (?, ?, ?, ?, ?)');
    this.#dropSecrets = new Query(db, 'DELETE FROM key_secrets WHERE key_id = ?');
    this.#row = new Query<KeysTable>(db, 'SELECT * FROM keys WHERE id = ? AND tenant_id = ?');
    this.#secrets = new Query<KeySecretsTable>(db, 'SELECT * FROM key_secrets WHERE key_id = ? ORDER BY place');
    this.#update = new Query(db, 'UPDATE keys SET name = ?, scopes = ?, limits = ?, expires_at = ? WHERE id = ?');
    this.#remove = new Query(db, 'DELETE FROM keys WHERE id = ? AND tenant_id = ?');
    this.#touch = new Query(db, 'UPDATE keys SET last_used_at = ?1 WHERE id = ?2 AND (last_used_at IS NULL OR last_used_at < ?1)');
  }

  override create(key: KeyRecord): Promise<void> {
    return this.#writer.submit(() => {
      const { id, tenantId, name, scopes, limits, createdAt, expiresAt, lastUsedAt } = key;
      this.#add.run(id, tenantId, toStoredText(name), JSON.stringify(scopes), JSON.stringify(limits), createdAt, expiresAt, lastUsedAt);
      this.#addSecrets(id, key.secrets);
    });
  }

  override findByPrefix(prefix: string): Promise<KeyRecord | null> {
    return reading(async () => {
      const row = await this.#reader
        .selectFrom('keys')
        .innerJoin('key_secrets', 'key_secrets.key_id', 'keys.id')
        .selectAll('keys')
        .where('key_secrets.prefix', '=', toStoredText(prefix))
        .executeTakeFirst();
      return row === undefined ? null : ((await this.#withSecrets([row]))[0] ?? null);
    });
  }

  override find(id: string, tenantId: string): Promise<KeyRecord | null> {
    return reading(async () => {
      if (!isId(id)) return null;
      const row = await this.#reader
        .selectFrom('keys')
        .selectAll()
        .where('id', '=', id)
        .where('tenant_id', '=', tenantId)
        .executeTakeFirst();
      return row === undefined ? null : ((await this.#withSecrets([row]))[0] ?? null);
    });
  }

  override list(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<KeyRecord> | BadCursor> {
    return reading(async () => {
      let query = this.#reader.selectFrom('keys').selectAll().where('tenant_id', '=', tenantId).orderBy('id', 'desc').limit(limit + 1);
      if (cursor !== undefined && cursor !== null) {
        const before = readCursor(cursor, LIST, 'string');
        if (before === undefined) return 'bad_cursor';
        query = query.where('id', '<', before);
      }
      const rows = await query.execute();
      const items = await this.#withSecrets(rows.slice(0, limit));
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
    });
  }

  override update(id: string, tenantId: string, change: KeyChange): Promise<KeyRecord | null> {
    return this.#writer.submit(() => {
      const key = this.#find(id, tenantId);
      if (key === null) return null;
      const next = changedKey(key, change);
      this.#update.run(toStoredText(next.name), JSON.stringify(next.scopes), JSON.stringify(next.limits), next.expiresAt, id);
      return next;
    });
  }

  override replaceSecrets(id: string, tenantId: string, renew: (secrets: readonly KeySecret[]) => readonly KeySecret[]): Promise<KeyRecord | null> {
    return this.#writer.submit(() => {
      const key = this.#find(id, tenantId);
      if (key === null) return null;
      const secrets = renew(key.secrets);
      this.#dropSecrets.run(id);
      this.#addSecrets(id, secrets);
      return { ...key, secrets };
    });
  }

  override remove(id: string, tenantId: string): Promise<boolean> {
    return this.#writer.submit(() => isId(id) && this.#remove.run(id, tenantId) === 1);
  }

  override touch(uses: ReadonlyMap<string, number>): Promise<void> {
    return this.#writer.submit(() => {
      for (const [id, at] of uses) if (isId(id)) this.#touch.run(at, id);
    });
  }

  #find(id: string, tenantId: string): KeyRecord | null {
    const row = isId(id) ? this.#row.get(id, tenantId) : undefined;
    return row === undefined ? null : toRecord(row, this.#secrets.all(id));
  }

  #addSecrets(id: string, secrets: readonly KeySecret[]): void {
    for (const [place, { prefix, hash, expiresAt }] of secrets.entries()) this.#addSecret.run(prefix, id, place, hash, expiresAt);
  }

  async #withSecrets(rows: readonly KeysTable[]): Promise<KeyRecord[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const secrets = await this.#reader.selectFrom('key_secrets').selectAll().where('key_id', 'in', ids).orderBy('place').execute();
    return rows.map((row) => toRecord(row, secrets.filter((secret) => secret.key_id === row.id)));
  }
}

function toRecord(row: KeysTable, secrets: readonly KeySecretsTable[]): KeyRecord {
  const scopes: Scope[] = JSON.parse(row.scopes);
  // What was written before a limit existed does not name it.
  const named: Partial<PrincipalLimits> = JSON.parse(row.limits);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: fromStoredText(row.name),
    scopes,
    limits: { ...NO_PRINCIPAL_LIMITS, ...named },
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    secrets: secrets.map(({ prefix, hash, expires_at: expiresAt }) => ({ prefix, hash, expiresAt })),
  };
}
