import { Injectable } from '@nestjs/common';
import { Clock, Keys } from '#libs/ports';
import { AdminKey } from './admin-key.js';
import { splitCredentialId } from './credential-id.js';
import { tokenCredential } from './jwt/token-credential.js';
import { TrustedIssuers } from './jwt/trusted-issuers.js';
import { endOf, OperatorSignIns } from './operator-sign-ins.js';
import { SsoCredential } from './sso/sso-credential.js';
import { TenantMembers } from './sso/tenant-members.js';

/** The credential behind sessions that the one-time link opened: the link itself is spent. */
export const LINK_CREDENTIAL = 'link';

/** Whether a credential is still good, read from the store each time. */
@Injectable()
export class CredentialStatus {
  constructor(
    private readonly keys: Keys,
    private readonly adminKey: AdminKey,
    private readonly signIns: OperatorSignIns,
    private readonly sso: SsoCredential,
    private readonly issuers: TrustedIssuers,
    private readonly members: TenantMembers,
    private readonly clock: Clock,
  ) {}

  /** When it ends, in milliseconds since the epoch (Infinity: never by itself); null when it has ended. */
  async endsAt(credentialId: string, tenantId: string): Promise<number | null> {
    const { root, mark, sessionId } = splitCredentialId(credentialId);
    const rootEnd = await this.rootEndsAt(credentialId, tenantId);
    if (rootEnd === null || sessionId === null) return rootEnd;
    const session = await this.signIns.current(sessionId);
    if (session === null || session.tenantId !== tenantId) return null;
    // A session keeps the role it was opened with: with another role, or none, the operator signs in again.
    if (SsoCredential.owns(root) && mark !== null && (await this.members.roleOf(mark, tenantId)) !== session.role) return null;
    return Math.min(rootEnd, endOf(session));
  }

  private async rootEndsAt(credentialId: string, tenantId: string): Promise<number | null> {
    const { root, mark } = splitCredentialId(credentialId);
    if (root === LINK_CREDENTIAL) return Infinity;
    if (AdminKey.owns(root)) return this.adminKey.isLive(root) ? Infinity : null;
    if (SsoCredential.owns(root)) return this.sso.isLive(root) ? Infinity : null;
    if (tokenCredential.owns(root)) return this.tokenEndsAt(credentialId, tenantId);
    return this.keyEndsAt(root, mark, tenantId);
  }

  private async tokenEndsAt(credentialId: string, tenantId: string): Promise<number | null> {
    const end = tokenCredential.endOf(credentialId);
    if (end <= this.clock.now()) return null;
    return (await this.issuers.isTrusted(tokenCredential.issuerIn(credentialId), tenantId)) ? end : null;
  }

  /** What one secret of the key opened ends with that secret, once a rotation has replaced it. */
  private async keyEndsAt(id: string, prefix: string | null, tenantId: string): Promise<number | null> {
    const key = await this.keys.find(id, tenantId);
    const secret = prefix === null ? { expiresAt: null } : key?.secrets.find((one) => one.prefix === prefix);
    if (key === null || secret === undefined) return null;
    const end = Math.min(key.expiresAt ?? Infinity, secret.expiresAt ?? Infinity);
    return end > this.clock.now() ? end : null;
  }
}
