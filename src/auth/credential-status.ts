import { Injectable } from '@nestjs/common';
import { Clock, Keys } from '#libs/ports';
import { AdminKey } from './admin-key.js';
import { endOf, OperatorSignIns } from './operator-sign-ins.js';
import { SsoCredential } from './sso/sso-credential.js';

/** The credential behind sessions that the one-time link opened: the link itself is spent. */
export const LINK_CREDENTIAL = 'link';

/**
 * The two parts of `Principal.credentialId`: what was shown first (a key's id, the admin key, the link, an account at a provider) and,
 * behind a slash, the operator session opened with it.
 */
export function splitCredentialId(credentialId: string): { readonly root: string; readonly sessionId: string | null } {
  const slash = credentialId.indexOf('/');
  if (slash < 0) return { root: credentialId, sessionId: null };
  return { root: credentialId.slice(0, slash), sessionId: credentialId.slice(slash + 1) };
}

/** Whether a credential is still good, read from the store each time. */
@Injectable()
export class CredentialStatus {
  constructor(
    private readonly keys: Keys,
    private readonly adminKey: AdminKey,
    private readonly signIns: OperatorSignIns,
    private readonly sso: SsoCredential,
    private readonly clock: Clock,
  ) {}

  /** When it ends, in milliseconds since the epoch (Infinity: never by itself); null when it has ended. */
  async endsAt(credentialId: string, tenantId: string): Promise<number | null> {
    const { root, sessionId } = splitCredentialId(credentialId);
    const rootEnd = await this.rootEndsAt(root, tenantId);
    if (rootEnd === null || sessionId === null) return rootEnd;
    const session = await this.signIns.current(sessionId);
    return session === null || session.tenantId !== tenantId ? null : Math.min(rootEnd, endOf(session));
  }

  private async rootEndsAt(root: string, tenantId: string): Promise<number | null> {
    if (root === LINK_CREDENTIAL) return Infinity;
    if (AdminKey.owns(root)) return this.adminKey.isLive(root) ? Infinity : null;
    if (SsoCredential.owns(root)) return this.sso.isLive(root) ? Infinity : null;
    const key = await this.keys.find(root, tenantId);
    if (key === null) return null;
    const end = key.expiresAt ?? Infinity;
    return end > this.clock.now() ? end : null;
  }
}
