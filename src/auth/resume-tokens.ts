import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { PRINCIPAL_KINDS, ScopeSchema, type Principal } from '#libs/contracts';
import { Clock, Tokens } from '#libs/ports';
import { AdminKey } from './admin-key.js';
import type { ResumeGrant } from './authenticator.js';
import { splitCredentialId } from './credential-id.js';
import { CredentialStatus } from './credential-status.js';
import { ExpiredSweep } from './expired-sweep.js';
import { tokenCredential } from './jwt/token-credential.js';
import { KeyRing } from './key-ring.js';
import { operatorOf, OperatorSignIns } from './operator-sign-ins.js';
import { digest, newSecret } from './secret.js';

const LIFETIME_MS = 24 * 3_600_000;

const PayloadSchema = z.object({
  kind: z.enum(PRINCIPAL_KINDS),
  id: z.string(),
  scopes: z.array(ScopeSchema),
  sessionIds: z.array(z.string()).optional(),
});

/** Single-use tokens with which a socket comes back within 24 hours, also after a restart; a user's only while the token lasts that let them in. */
@Injectable()
export class ResumeTokens {
  constructor(
    private readonly tokens: Tokens,
    private readonly keyRing: KeyRing,
    private readonly adminKey: AdminKey,
    private readonly signIns: OperatorSignIns,
    private readonly status: CredentialStatus,
    private readonly sweep: ExpiredSweep,
    private readonly clock: Clock,
  ) {}

  async grant(principal: Principal): Promise<ResumeGrant> {
    const token = `rs_${newSecret()}`;
    const { kind, id, scopes, sessionIds, credentialId } = principal;
    const end = tokenCredential.owns(credentialId) ? tokenCredential.endOf(credentialId) : Infinity;
    const expiresAt = Math.min(this.clock.now() + LIFETIME_MS, end);
    await this.tokens.issue({
      kind: 'resume',
      hash: digest(token),
      tenantId: principal.tenantId,
      credentialId,
      payload: JSON.stringify({ kind, id, scopes: [...scopes], sessionIds }),
      expiresAt,
    });
    this.sweep.noteMade();
    return { token, expiresAt: new Date(expiresAt).toISOString() };
  }

  /**
   * The principal that comes back, with the rights it has now; null when the token is unknown, used, past its time,
   * or what it was made from has ended.
   */
  async redeem(text: string): Promise<Principal | null> {
    const token = await this.tokens.redeem('resume', digest(text), this.clock.now());
    if (token === null || (await this.status.endsAt(token.credentialId, token.tenantId)) === null) return null;
    const { kind, id, scopes, sessionIds } = PayloadSchema.parse(JSON.parse(token.payload));
    const { sessionId } = splitCredentialId(token.credentialId);
    if (sessionId !== null) {
      const session = await this.signIns.current(sessionId);
      return session === null ? null : operatorOf(session, await this.keyRing.behind(session));
    }
    if (kind === 'key') return AdminKey.owns(token.credentialId) ? this.adminKey.principal : this.keyRing.current(token.credentialId, token.tenantId);
    return {
      kind,
      id,
      tenantId: token.tenantId,
      scopes: new Set(scopes),
      ...(sessionIds === undefined ? {} : { sessionIds }),
      credentialId: token.credentialId,
    };
  }
}
