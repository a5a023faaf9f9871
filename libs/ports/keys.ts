import type { ApiKey, Page, PrincipalLimits, Scope } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** A hash under which a secret of the key is known. `expiresAt` ends the overlap after a rotation (ms since the epoch). */
export interface KeySecret {
  readonly prefix: string;
  /** SHA-256 of the whole key, base64url. */
  readonly hash: string;
  readonly expiresAt: number | null;
}

export interface KeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly limits: PrincipalLimits;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  /** The newest first. */
  readonly secrets: readonly KeySecret[];
}

/** What is not named stays as it is, each limit too. */
export interface KeyChange {
  readonly name?: string;
  readonly scopes?: readonly Scope[];
  readonly limits?: Partial<PrincipalLimits>;
  readonly expiresAt?: number | null;
}

/** API keys: hashes only. Each change is one atomic step that knows what the one before it left. */
export abstract class Keys {
  abstract create(key: KeyRecord): Promise<void>;
  /** The key one of whose secrets has this prefix, whether it is still good or not. */
  abstract findByPrefix(prefix: string): Promise<KeyRecord | null>;
  abstract find(id: string, tenantId: string): Promise<KeyRecord | null>;
  abstract list(tenantId: string, page: PageRequest): Promise<Page<KeyRecord> | BadCursor>;
  abstract update(id: string, tenantId: string, change: KeyChange): Promise<KeyRecord | null>;
  /** Puts what `renew` makes of the key's secrets in their place. */
  abstract replaceSecrets(id: string, tenantId: string, renew: (secrets: readonly KeySecret[]) => readonly KeySecret[]): Promise<KeyRecord | null>;
  /** False when there was none. */
  abstract remove(id: string, tenantId: string): Promise<boolean>;
  /** Notes the latest use of each key; times never go back. */
  abstract touch(uses: ReadonlyMap<string, number>): Promise<void>;
}

export function changedKey(key: KeyRecord, { limits, ...change }: KeyChange): KeyRecord {
  return { ...key, ...change, limits: { ...key.limits, ...limits } };
}

/** The key as it may be shown. */
export function toApiKey(key: KeyRecord): ApiKey {
  return {
    id: key.id,
    name: key.name,
    prefix: key.secrets[0]?.prefix ?? '',
    scopes: [...key.scopes],
    limits: key.limits,
    createdAt: new Date(key.createdAt).toISOString(),
    expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
    lastUsedAt: key.lastUsedAt === null ? null : new Date(key.lastUsedAt).toISOString(),
  };
}
