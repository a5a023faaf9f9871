import { Tokens, type TokenKind, type TokenRecord } from '#libs/ports';
import type { Database } from './database.js';
import { fromJsonText, lookupText, toJsonText } from './json-text.js';
import type { TokensTable } from './tables.js';

/** Each call is one statement, on disk before it resolves; of many that redeem one token, the row goes to one. */
export class PostgresTokens extends Tokens {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async issue({ kind, hash, tenantId, credentialId, payload, expiresAt }: TokenRecord): Promise<void> {
    await this.#database
      .insertInto('tokens')
      .values({ kind, hash, tenant_id: tenantId, credential_id: credentialId, payload: toJsonText(payload), expires_at: expiresAt })
      .execute();
  }

  override async redeem(kind: TokenKind, hash: string, at: number): Promise<TokenRecord | null> {
    const sought = lookupText(hash);
    if (sought === null) return null;
    const row = await this.#database
      .deleteFrom('tokens')
      .where('hash', '=', sought)
      .where('kind', '=', kind)
      .returningAll()
      .executeTakeFirst();
    return row === undefined || row.expires_at <= at ? null : toRecord(row);
  }

  override async revoke(credentialId: string): Promise<void> {
    await this.#database.deleteFrom('tokens').where('credential_id', '=', lookupText(credentialId)).execute();
  }

  override async revokeKind(kind: TokenKind): Promise<void> {
    await this.#database.deleteFrom('tokens').where('kind', '=', kind).execute();
  }

  override async sweep(at: number, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('tokens')
      .where('hash', 'in', (eb) => eb.selectFrom('tokens').select('hash').where('expires_at', '<=', at).limit(limit))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function toRecord(row: TokensTable): TokenRecord {
  return {
    kind: row.kind,
    hash: row.hash,
    tenantId: row.tenant_id,
    credentialId: row.credential_id,
    payload: fromJsonText(row.payload),
    expiresAt: row.expires_at,
  };
}
