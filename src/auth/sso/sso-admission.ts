import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { DEFAULT_TENANT, failure, ROLES, type Role } from '#libs/contracts';
import { Config } from '../../config/config.js';
import { Log } from '../../observability/log.js';
import { OperatorSignIns, type OpenedSession } from '../operator-sign-ins.js';
import { digest } from '../secret.js';
import type { SsoAccount } from './account.js';
import { isInDomains } from './allowed-domains.js';
import { SsoCredential } from './sso-credential.js';

/** Whether an account that a provider vouches for may come in, and as what. */
@Injectable()
export class SsoAdmission {
  constructor(
    private readonly signIns: OperatorSignIns,
    private readonly credential: SsoCredential,
    private readonly config: Config,
    private readonly log: Log,
  ) {}

  /** Opens a session in tenant `default`; `permission_denied` where the address is not verified or not in the allowed domains. */
  async admit(account: SsoAccount): Promise<Outcome<OpenedSession>> {
    const reason = this.reasonAgainst(account);
    const operatorId = operatorIdOf(account);
    if (reason !== null) {
      this.log.warn('an operator was not let in', { method: account.method, operatorId, reason });
      return refused(failure('permission_denied', reason));
    }
    const role = roleIn(account.roles);
    const session = await this.signIns.open({
      tenantId: DEFAULT_TENANT,
      operatorId,
      name: account.address?.text ?? operatorId,
      role,
      scopes: null,
      credentialId: this.credential.idOf(account, operatorId),
    });
    this.log.info('an operator signed in', { method: account.method, operatorId, role });
    return ok(session);
  }

  private reasonAgainst({ method, address }: SsoAccount): string | null {
    const { OIDC_ALLOWED_DOMAINS, SAML_ALLOWED_DOMAINS } = this.config.settings;
    const domains = method === 'oidc' ? OIDC_ALLOWED_DOMAINS : SAML_ALLOWED_DOMAINS;
    if (address !== null && !address.verified) return 'The identity provider has not verified the address of this account.';
    if (domains === undefined) return null;
    if (address === null) return 'The identity provider tells no address for this account, and only some domains may sign in.';
    return isInDomains(address.text, domains) ? null : 'Accounts of this domain may not sign in here.';
  }
}

/** `oidc_…` or `saml_…`: stable for issuer and subject, different for all others, whatever address the account has today. */
function operatorIdOf({ method, issuer, subject }: SsoAccount): string {
  return `${method}_${digest(JSON.stringify([issuer, subject]))}`;
}

function roleIn(values: readonly string[]): Role {
  return ROLES.findLast((role) => values.includes(role)) ?? 'viewer';
}
