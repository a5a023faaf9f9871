import { Injectable } from '@nestjs/common';
import { OperatorSessions, Tokens } from '#libs/ports';
import { KeyRing } from './key-ring.js';
import { Revocations } from './revocations.js';

/** Carries a change of a credential to everything that was made from it. Called once the store holds the change. */
@Injectable()
export class CredentialRevoker {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly tokens: Tokens,
    private readonly sessions: OperatorSessions,
    private readonly revocations: Revocations,
  ) {}

  /** The key changed and allows no less than before. */
  refresh(keyId: string): void {
    this.keyRing.forget(keyId);
    this.revocations.recheck(keyId);
  }

  /** The key allows less: connections and cookies made from it end, its tickets and resume tokens stay. */
  async endSessions(keyId: string): Promise<void> {
    this.keyRing.forget(keyId);
    await this.sessions.revoke(keyId);
    this.revocations.end(keyId);
  }

  /** The credential is gone, and all that was made from it. Connections end first, whatever happens to the rest. */
  async revoke(credentialId: string): Promise<void> {
    this.keyRing.forget(credentialId);
    this.revocations.end(credentialId);
    await Promise.all([this.sessions.revoke(credentialId), this.tokens.revoke(credentialId)]);
  }
}
