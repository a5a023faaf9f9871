import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type Principal } from '#libs/contracts';
import { roleOfScopes } from '#libs/policy';
import { Audit } from '../audit/audit.js';
import { splitCredentialId } from './credential-id.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { KeyRing } from './key-ring.js';
import { OneTimeLink } from './one-time-link.js';
import { OperatorSignIns, type OpenedSession } from './operator-sign-ins.js';
import { CredentialRevoker } from './credential-revoker.js';

/** How operators come in and go. */
@Injectable()
export class SignIn {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly link: OneTimeLink,
    private readonly signIns: OperatorSignIns,
    private readonly failed: FailedSignIns,
    private readonly revoker: CredentialRevoker,
    private readonly audit: Audit,
  ) {}

  /** Opens a session that can do what the key can, and ends with it. */
  withKey(apiKey: string, address: string): Promise<Outcome<OpenedSession>> {
    return this.failed.limit(address, async () => {
      const key = await this.keyRing.verify(apiKey);
      if (key === null) return refused(failure('unauthenticated', 'The API key is not valid.'));
      const session = await this.signIns.open({
        tenantId: key.tenantId,
        operatorId: key.id,
        name: `API key ${key.id}`,
        role: roleOfScopes(key.scopes),
        scopes: [...key.scopes],
        credentialId: key.credentialId,
      });
      return ok(session);
    });
  }

  withLink(token: string, address: string): Promise<Outcome<OpenedSession>> {
    return this.failed.limit(address, async () => {
      const session = await this.link.redeem(token);
      return session === null ? refused(failure('unauthenticated', 'The link is unknown, used or past its time.')) : ok(session);
    });
  }

  /** Ends the caller's session on the server, with its tokens and connections. Of a caller without a session nothing ends. */
  async out(caller: Principal): Promise<void> {
    const { sessionId } = splitCredentialId(caller.credentialId);
    if (sessionId === null) return;
    await this.audit.record(caller, { action: 'operator.sign-out' });
    await this.signIns.close(sessionId);
    await this.revoker.revoke(caller.credentialId);
  }
}
