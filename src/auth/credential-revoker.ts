import { Injectable } from '@nestjs/common';
import { OperatorSessions, Tokens, type KeyRecord } from '#libs/ports';
import { markedCredentialId } from './credential-id.js';
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
  async endSessions(key: KeyRecord): Promise<void> {
    this.keyRing.reduce(key.id);
    await Promise.all(credentialsOf(key).map((credentialId) => this.sessions.revoke(credentialId)));
    this.revocations.end(key.id);
  }

  /** The key is gone, and all that was made from it. */
  async revokeKey(key: KeyRecord): Promise<void> {
    this.keyRing.forget(key.id);
    this.revocations.end(key.id);
    await Promise.all(credentialsOf(key).map((credentialId) => this.clear(credentialId)));
  }

  /** The credential is gone, and all that was made from it. Connections end first, whatever happens to the rest. */
  async revoke(credentialId: string): Promise<void> {
    this.revocations.end(credentialId);
    await this.clear(credentialId);
  }

  private async clear(credentialId: string): Promise<void> {
    await Promise.all([this.sessions.revoke(credentialId), this.tokens.revoke(credentialId)]);
  }
}

/** The key as a whole, under which earlier versions kept what was made from it, and each of its secrets. */
function credentialsOf({ id, secrets }: KeyRecord): string[] {
  return [id, ...secrets.map(({ prefix }) => markedCredentialId(id, prefix))];
}
