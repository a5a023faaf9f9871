import { Injectable } from '@nestjs/common';
import type { Principal, PrincipalLimits } from '#libs/contracts';
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
    const record = await this.keys.find(splitCredentialId(credentialId).root, tenantId);
    return record !== null && isLive(record, this.clock.now()) ? principalOf(record, credentialId) : null;
  }

  /** The own limits of the key that an operator signed in with, read afresh; undefined when it was no key of the store. */
  async limitsBehind({ scopes, credentialId, tenantId }: OperatorSession): Promise<PrincipalLimits | undefined> {
    if (scopes === null || AdminKey.owns(credentialId)) return undefined;
    return (await this.keys.find(splitCredentialId(credentialId).root, tenantId))?.limits;
  }

  /** Forgets what was kept of a key; called after each change of it. */
  forget(keyId: string): void {
    this.changes += 1;
    for (const [prefix, known] of this.byPrefix) if (known.record.id === keyId) this.byPrefix.delete(prefix);
  }

  private async load(prefix: string): Promise<Known | null> {
    const before = this.changes;
    let record = await this.keys.findByPrefix(prefix);
    // What was read before a change of any key may be older than the change: read again, and keep nothing.
    const changed = before !== this.changes;
    if (changed) record = await this.keys.findByPrefix(prefix);
    if (record === null) return null;
    const known = { record, principal: principalOf(record, markedCredentialId(record.id, prefix)) };
    if (!changed) this.keep(prefix, known);
    return known;
  }

  private keep(prefix: string, known: Known): void {
    if (this.byPrefix.size >= MAX_KNOWN) {
      const oldest = this.byPrefix.keys().next();
      if (oldest.done !== true) this.byPrefix.delete(oldest.value);
    }
    this.byPrefix.set(prefix, known);
  }
}

function isLive(record: KeyRecord, now: number): boolean {
  return record.expiresAt === null || record.expiresAt > now;
}

function principalOf(record: KeyRecord, credentialId: string): Principal {
  return {
    kind: 'key',
    id: record.id,
    tenantId: record.tenantId,
    scopes: new Set(record.scopes),
    limits: record.limits,
    credentialId,
  };
}
