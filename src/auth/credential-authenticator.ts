import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type Principal } from '#libs/contracts';
import { CallMetrics } from '../observability/metrics/call-metrics.js';
import { Authenticator, type Credential, type ResumeGrant } from './authenticator.js';
import { CredentialStatus } from './credential-status.js';
import { UserTokens } from './jwt/user-tokens.js';
import { KeyRing } from './key-ring.js';
import { operatorOf, OperatorSignIns } from './operator-sign-ins.js';
import { ResumeTokens } from './resume-tokens.js';
import { Revocations } from './revocations.js';
import { Tickets } from './tickets.js';

const REFUSALS: Record<Credential['kind'], string> = {
  'api-key': 'The API key is not valid.',
  token: 'The token is not one of an issuer that is trusted here, or its time is not now.',
  ticket: 'The ticket is unknown, used or past its time.',
  resume: 'The resume token is unknown, used or past its time.',
  cookie: 'The session has ended; sign in again.',
};

// Nothing that we issue or accept as a setting is longer; hashing more would be work for a stranger.
const MAX_CREDENTIAL_LENGTH = 4096;
const MAX_TOKEN_LENGTH = 8192;

/** Says who is calling, by the kind of credential that is shown. */
@Injectable()
export class CredentialAuthenticator extends Authenticator {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly userTokens: UserTokens,
    private readonly tickets: Tickets,
    private readonly resumeTokens: ResumeTokens,
    private readonly signIns: OperatorSignIns,
    private readonly status: CredentialStatus,
    private readonly revocations: Revocations,
    private readonly metrics: CallMetrics,
  ) {
    super();
  }

  async authenticate(credential: Credential, requestId?: () => string): Promise<Outcome<Principal>> {
    const principal = await this.principalBehind(credential, requestId);
    if (principal !== null) return ok(principal);
    this.metrics.notAuthenticated(credential.kind);
    return refused(failure('unauthenticated', REFUSALS[credential.kind]));
  }

  grantResume(principal: Principal): Promise<ResumeGrant> {
    return this.resumeTokens.grant(principal);
  }

  watch(principal: Principal, ended: () => void): () => void {
    // Its key may have lost a scope since it was let in.
    return this.keyRing.isOutdated(principal) ? this.revocations.endSoon(ended) : this.revocations.watch(principal, ended);
  }

  private async principalBehind(credential: Credential, requestId: (() => string) | undefined): Promise<Principal | null> {
    switch (credential.kind) {
      case 'api-key':
        return isPlausible(credential.key) ? this.keyRing.verify(credential.key) : null;
      case 'token':
        return isPlausible(credential.token, MAX_TOKEN_LENGTH) ? this.userBehind(credential.token, requestId) : null;
      case 'ticket':
        return isPlausible(credential.ticket) ? this.tickets.redeem(credential.ticket) : null;
      case 'resume':
        return isPlausible(credential.token) ? this.resumeTokens.redeem(credential.token) : null;
      case 'cookie':
        return isPlausible(credential.value) ? this.operatorBehind(credential.value) : null;
    }
  }

  /** ADMIN_API_KEY is taken as it stands, also when it has the form of a token. */
  private async userBehind(token: string, requestId: (() => string) | undefined): Promise<Principal | null> {
    return (await this.keyRing.verify(token)) ?? this.userTokens.verify(token, requestId);
  }

  private async operatorBehind(value: string): Promise<Principal | null> {
    const session = await this.signIns.find(value);
    if (session === null) return null;
    const operator = operatorOf(session, await this.keyRing.behind(session));
    return (await this.status.endsAt(operator.credentialId, operator.tenantId)) === null ? null : operator;
  }
}

function isPlausible(text: unknown, maxLength = MAX_CREDENTIAL_LENGTH): boolean {
  return typeof text === 'string' && text.length > 0 && text.length <= maxLength;
}
