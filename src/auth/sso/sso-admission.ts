import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { DEFAULT_TENANT, failure, ROLES, type Role } from '#libs/contracts';
import { Audit } from '../../audit/audit.js';
import { Config } from '../../config/config.js';
import { Log } from '../../observability/log.js';
import { markedCredentialId } from '../credential-id.js';
import { OperatorSignIns, type OpenedSession } from '../operator-sign-ins.js';
import { digest } from '../secret.js';
import type { SsoAccount } from './account.js';
import { isInDomains } from './allowed-domains.js';
import { SsoCredential } from './sso-credential.js';
import { TenantMembers, type MemberRecord } from './tenant-members.js';

/** Where an account comes in: by its place as a member, or in tenant `default` by the claim for roles. */
type Place = { readonly tenantId: string; readonly role: Role; readonly member: MemberRecord | null };

/** Whether an account that a provider vouches for may come in, where, and as what. */
@Injectable()
export class SsoAdmission {
  constructor(
    private readonly signIns: OperatorSignIns,
    private readonly credential: SsoCredential,
    private readonly members: TenantMembers,
    private readonly config: Config,
    private readonly log: Log,
    private readonly audit: Audit,
  ) {}

  /** Opens a session, in the tenant that was asked for when one was; the log tells of it under `requestId`. `permission_denied` where the account has no place. */
  async admit(account: SsoAccount, wanted: string | null, requestId: string): Promise<Outcome<OpenedSession>> {
    const operatorId = operatorIdOf(account);
    const reason = this.reasonAgainst(account);
    const place = reason === null ? this.placeOf(account, await this.members.of(account, operatorId), wanted) : null;
    if (place === null) {
      const why = reason ?? (wanted === null ? 'This account is not a member of any tenant here.' : 'This account is not a member of that tenant.');
      this.log.warn('an operator was not let in', { requestId, method: account.method, operatorId, reason: why });
      return refused(failure('permission_denied', why));
    }
    const { tenantId, role, member } = place;
    // Whoever was too late for a place looks again: it is another's now.
    if (member !== null && member.operatorId === null && !(await this.take(member, account, operatorId))) return this.admit(account, wanted, requestId);
    const credentialId = this.credential.idOf(account, operatorId);
    const session = await this.signIns.open({
      tenantId,
      operatorId,
      name: account.address?.text ?? operatorId,
      role,
      scopes: null,
      credentialId: member === null ? credentialId : markedCredentialId(credentialId, member.id),
    });
    this.log.info('an operator signed in', { requestId, method: account.method, operatorId, tenantId, role });
    return ok(session);
  }

  /** From now on the place is this account's, whoever has the address later; false when another took it first. */
  private async take(member: MemberRecord, { address }: SsoAccount, operatorId: string): Promise<boolean> {
    const name = address === null ? {} : { name: address.text };
    const actor = { kind: 'operator', id: operatorId, tenantId: member.tenantId, ...name } as const;
    const act = { action: 'member.bind', target: { kind: 'member', id: member.id }, after: { operatorId } };
    const taken = await this.audit.attempt(actor, act, async () => {
      return (await this.members.bind(member, operatorId)) ? ok(null) : refused(failure('conflict', 'The place is taken.'));
    });
    return taken.ok;
  }

  private placeOf(account: SsoAccount, places: readonly MemberRecord[], wanted: string | null): Place | null {
    const member = places.find(({ tenantId }) => tenantId === (wanted ?? DEFAULT_TENANT));
    if (member !== undefined) return { tenantId: member.tenantId, role: member.role, member };
    if (wanted !== null && wanted !== DEFAULT_TENANT) return null;
    const claimed = this.config.settings.SSO_MEMBERS_ONLY ? undefined : ROLES.findLast((role) => account.roles.includes(role));
    if (claimed !== undefined) return { tenantId: DEFAULT_TENANT, role: claimed, member: null };
    const [elsewhere] = places;
    // Who works elsewhere is no viewer of `default` only because the provider knows them.
    if (elsewhere !== undefined) return wanted === null ? { tenantId: elsewhere.tenantId, role: elsewhere.role, member: elsewhere } : null;
    return this.config.settings.SSO_MEMBERS_ONLY ? null : { tenantId: DEFAULT_TENANT, role: 'viewer', member: null };
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
