import type { DatabaseSync } from 'node:sqlite';
import { Tokens, type TokenKind, type TokenRecord } from '#libs/ports';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import type { TokensTable } from './tables.js';

/** Single-use secrets on SQLite; taking one out is one statement, so it is given once. */
export class SqliteTokens extends Tokens {
  readonly #writer: GroupCommit;
  readonly #issue;
  readonly #redeem;
  readonly #revoke;
  readonly #revokeKind;
  readonly #sweep;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit) {
    super();
    this.#writer = writer;
    this.#issue = new Query(db, 'INSERT INTO tokens (hash, kind, tenant_id, credential_id, payload, expires_at) VALUES (?, ?, ?, ?, ?, ?)');
    this.#redeem = new Query<TokensTable>(db, 'DELETE FROM tokens WHERE hash = ? AND kind = ? RETURNING *');
    this.#revoke = new Query(db, 'DELETE FROM tokens WHERE credential_id = ?');
    this.#revokeKind = new Query(db, 'DELETE FROM tokens WHERE kind = ?');
    this.#sweep = new Query(db, 'DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens WHERE expires_at <= ? LIMIT ?)');
  }

  override issue({ kind, hash, tenantId, credentialId, payload, expiresAt }: TokenRecord): Promise<void> {
    return this.#writer.submit(() => {
      this.#issue.run(hash, kind, tenantId, credentialId, toStoredText(payload), expiresAt);
    });
  }

  override redeem(kind: TokenKind, hash: string, at: number): Promise<TokenRecord | null> {
    return this.#writer.submit(() => {
      const row = this.#redeem.get(hash, kind);
      return row === undefined || row.expires_at <= at ? null : toRecord(row);
    });
  }

  override revoke(credentialId: string): Promise<void> {
    return this.#writer.submit(() => {
      this.#revoke.run(credentialId);
    });
  }

  override revokeKind(kind: TokenKind): Promise<void> {
    return this.#writer.submit(() => {
      this.#revokeKind.run(kind);
    });
  }

  override sweep(at: number, limit: number): Promise<number> {
    return this.#writer.submit(() => this.#sweep.run(at, limit));
  }
}

function toRecord(row: TokensTable): TokenRecord {
  return {
    kind: row.kind,
    hash: row.hash,
    tenantId: row.tenant_id,
    credentialId: row.credential_id,
    payload: fromStoredText(row.payload),
    expiresAt: row.expires_at,
  };
}
