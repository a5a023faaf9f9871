import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/contracts';
import { Clock, Keys, type KeyRecord, type OperatorSession } from '#libs/ports';
import { AdminKey } from './admin-key.js';
import { prefixOf } from './api-key.js';
import { markedCredentialId, splitCredentialId } from './credential-id.js';
import { KeyUses } from './key-uses.js';
import { digest, sameDigest } from './secret.js';

interface Known {
  readonly record: KeyRecord;
  readonly principal: Principal;
}

const MAX_KNOWN = 10_000;

/**
 * Tells whose key is shown. Keys in use are kept in memory, so a call reads no database;
 * `forget` makes a change of this process hold at once.
 */
@Injectable()
export class KeyRing {
  private readonly byPrefix = new Map<string, Known>();
  private changes = 0;
  /** How many changes there were when a principal was read. */
  private readonly readAt = new WeakMap<Principal, number>();
  /** How many there were when a key lost a scope. */
  private readonly reducedAt = new Map<string, number>();

  constructor(
    private readonly keys: Keys,
    private readonly adminKey: AdminKey,
    private readonly uses: KeyUses,
    private readonly clock: Clock,
  ) {}

  /** The principal of a good key; null for any other text. Secrets are compared in constant time. */
  async verify(key: string): Promise<Principal | null> {
    const hash = digest(key);
    const admin = this.adminKey.match(hash);
    if (admin !== null) return admin;
    const prefix = prefixOf(key);
    if (prefix === null) return null;
    const known = this.byPrefix.get(prefix) ?? (await this.load(prefix));
    const now = this.clock.now();
    if (known === null || !isLive(known.record, now)) return null;
    const secret = known.record.secrets.find((one) => one.prefix === prefix);
    if (secret === undefined || !sameDigest(secret.hash, hash)) return null;
    if (secret.expiresAt !== null && secret.expiresAt <= now) return null;
    this.uses.note(known.record.id, now);
    return known.principal;
  }

  /** The principal as the key behind the credential stands now, read afresh; null when the key is gone or past its time. */
  async current(credentialId: string, tenantId: string): Promise<Principal | null> {
    const before = this.changes;
    const record = await this.keys.find(splitCredentialId(credentialId).root, tenantId);
    return record !== null && isLive(record, this.clock.now()) ? this.principalOf(record, credentialId, before) : null;
  }

  /** The key that an operator signed in with, read afresh; undefined when it was no key of the store, or is gone. */
  async behind({ scopes, credentialId, tenantId }: OperatorSession): Promise<KeyRecord | undefined> {
    if (scopes === null || AdminKey.owns(credentialId)) return undefined;
    return (await this.keys.find(splitCredentialId(credentialId).root, tenantId)) ?? undefined;
  }

  /** Forgets what was kept of a key; called after each change of it. */
  forget(keyId: string): void {
    this.changes += 1;
    for (const [prefix, known] of this.byPrefix) if (known.record.id === keyId) this.byPrefix.delete(prefix);
  }

  /** As `forget`, where the key allows less than before: who was let in by it until now may do too much. */
  reduce(keyId: string): void {
    this.forget(keyId);
    makeRoomIn(this.reducedAt);
    this.reducedAt.set(keyId, this.changes);
  }

  /** True for a principal that was let in by a key before it lost a scope; of the last 10,000 keys that did. */
  isOutdated(principal: Principal): boolean {
    return (this.readAt.get(principal) ?? Infinity) < (this.reducedAt.get(principal.id) ?? 0);
  }

  private async load(prefix: string): Promise<Known | null> {
    let before = this.changes;
    let record = await this.keys.findByPrefix(prefix);
    // What was read before a change of any key may be older than the change: read again, and keep nothing.
    const changed = before !== this.changes;
    if (changed) {
      before = this.changes;
      record = await this.keys.findByPrefix(prefix);
    }
    if (record === null) return null;
    const known = { record, principal: this.principalOf(record, markedCredentialId(record.id, prefix), before) };
    if (!changed) {
      makeRoomIn(this.byPrefix);
      this.byPrefix.set(prefix, known);
    }
    return known;
  }

  private principalOf({ id, tenantId, scopes, limits }: KeyRecord, credentialId: string, readAt: number): Principal {
    const principal: Principal = { kind: 'key', id, tenantId, scopes: new Set(scopes), limits, credentialId };
    this.readAt.set(principal, readAt);
    return principal;
  }
}

function isLive(record: KeyRecord, now: number): boolean {
  return record.expiresAt === null || record.expiresAt > now;
}

function makeRoomIn(known: Map<string, unknown>): void {
  const oldest = known.keys().next();
  if (known.size >= MAX_KNOWN && oldest.done !== true) known.delete(oldest.value);
}
