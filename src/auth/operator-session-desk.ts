import { Injectable } from '@nestjs/common';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type OperatorSessionQuery, type OperatorSessionView, type Page, type Principal } from '#libs/contracts';
import { may, PERMISSIONS } from '#libs/policy';
import type { OperatorSession } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { splitCredentialId } from './credential-id.js';
import { CredentialRevoker } from './credential-revoker.js';
import { LINK_CREDENTIAL } from './credential-status.js';
import { endOf, operatorOf, OperatorSignIns } from './operator-sign-ins.js';
import { SsoCredential } from './sso/sso-credential.js';

const PAGE = 200;

const notFound = () => refused(failure('not_found', 'There is no such session of an operator.'));

/** Who is signed in: to admins everybody of their tenant, to others themselves. */
@Injectable()
export class OperatorSessionDesk {
  constructor(
    private readonly signIns: OperatorSignIns,
    private readonly revoker: CredentialRevoker,
    private readonly audit: Audit,
  ) {}

  async list(caller: Principal, { operatorId, limit, cursor }: OperatorSessionQuery): Promise<Outcome<Page<OperatorSessionView>>> {
    if (!isAdmin(caller) && operatorId !== undefined && operatorId !== caller.id) return ok({ items: [], nextCursor: null });
    const whose = isAdmin(caller) ? operatorId : caller.id;
    const page = await this.signIns.list(caller.tenantId, whose, { limit, cursor: cursor ?? null });
    if (page !== 'bad_cursor') return ok({ items: page.items.map((session) => toView(session, caller)), nextCursor: page.nextCursor });
    return refused(BAD_CURSOR);
  }

  /** Signs one session out, with its connections and resume tokens. */
  async end(caller: Principal, id: string): Promise<Outcome<null>> {
    const session = await this.signIns.current(id);
    if (session === null || session.tenantId !== caller.tenantId) return notFound();
    if (!isAdmin(caller) && !isOf(session, caller)) return notFound();
    const act = { action: 'operator-session.end', target: { kind: 'operator-session', id }, before: toView(session, caller) };
    await this.audit.change(caller, act, () => this.close(session));
    return ok(null);
  }

  /** Signs the caller out everywhere. Of a caller who is no operator nothing ends. */
  async endAll(caller: Principal): Promise<void> {
    if (caller.kind !== 'operator') return;
    await this.audit.change(caller, { action: 'operator.sign-out-everywhere' }, async () => {
      for (;;) {
        const page = await this.signIns.list(caller.tenantId, caller.id, { limit: PAGE, cursor: null });
        if (page === 'bad_cursor' || page.items.length === 0) return;
        for (const session of page.items) await this.close(session);
      }
    });
  }

  private async close(session: OperatorSession): Promise<void> {
    await this.signIns.close(session.id);
    await this.revoker.revoke(operatorOf(session).credentialId);
  }
}

function isAdmin(caller: Principal): boolean {
  return may(caller, PERMISSIONS.administer);
}

function isOf(session: OperatorSession, caller: Principal): boolean {
  return caller.kind === 'operator' && session.operatorId === caller.id;
}

function toView(session: OperatorSession, caller: Principal): OperatorSessionView {
  const { id, operatorId, name, role, createdAt, seenAt } = session;
  return {
    id,
    operatorId,
    name,
    role,
    signedInBy: wayOf(session.credentialId),
    createdAt: new Date(createdAt).toISOString(),
    seenAt: new Date(seenAt).toISOString(),
    expiresAt: new Date(endOf(session)).toISOString(),
    current: splitCredentialId(caller.credentialId).sessionId === id,
  };
}

function wayOf(credentialId: string): OperatorSessionView['signedInBy'] {
  if (credentialId === LINK_CREDENTIAL) return 'link';
  if (!SsoCredential.owns(credentialId)) return 'key';
  return credentialId.startsWith('oidc:') ? 'oidc' : 'saml';
}
