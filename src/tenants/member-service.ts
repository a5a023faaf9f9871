import { Injectable } from '@nestjs/common';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type CreateMember, type Member, type Page, type PageQuery, type Principal, type Role } from '#libs/contracts';
import { Clock, IdGenerator, Registrations } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { markedCredentialId } from '../auth/credential-id.js';
import { CredentialRevoker } from '../auth/credential-revoker.js';
import { SsoCredential } from '../auth/sso/sso-credential.js';
import { toMemberRecord, toRegistration, type MemberRecord } from '../auth/sso/tenant-members.js';

/** Members that one tenant may have. */
const MAX_MEMBERS = 1000;
const PAGE = 100;

const notFound = () => refused(failure('not_found', 'There is no such member.'));
const taken = () => refused(failure('conflict', 'This account or address is a member already.'));
const full = () => refused(failure('conflict', `A tenant has at most ${MAX_MEMBERS} members.`));

/** The operators of a tenant, as its admins keep them. A change holds at once: who is signed in by the place signs in again. */
@Injectable()
export class MemberService {
  constructor(
    private readonly registrations: Registrations,
    private readonly revoker: CredentialRevoker,
    private readonly sso: SsoCredential,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  async list(tenantId: string, { limit, cursor }: PageQuery): Promise<Outcome<Page<Member>>> {
    const page = await this.registrations.list('member', tenantId, { limit, cursor: cursor ?? null });
    if (page !== 'bad_cursor') return ok({ items: page.items.map((row) => toMember(toMemberRecord(row))), nextCursor: page.nextCursor });
    return refused(BAD_CURSOR);
  }

  async get(tenantId: string, id: string): Promise<Outcome<Member>> {
    const found = await this.registrations.find('member', tenantId, id);
    return found === null ? notFound() : ok(toMember(toMemberRecord(found)));
  }

  async create(keeper: Principal, wish: CreateMember): Promise<Outcome<Member>> {
    const { tenantId } = keeper;
    const who = 'address' in wish ? { issuer: null, subject: null, address: wish.address.toLowerCase() } : { issuer: wish.issuer, subject: wish.subject, address: null };
    const record = { id: this.ids.next(), tenantId, ...who, role: wish.role, operatorId: null, createdAt: this.clock.now() };
    const act = { action: 'member.create', target: { kind: 'member', id: record.id }, after: toMember(record) };
    return this.audit.attempt(keeper, act, async () => {
      const added = await this.registrations.add(toRegistration(record), MAX_MEMBERS);
      if (added === 'added') return ok(toMember(record));
      return added === 'full' ? full() : taken();
    });
  }

  async update(keeper: Principal, id: string, role: Role): Promise<Outcome<Member>> {
    const found = await this.registrations.find('member', keeper.tenantId, id);
    if (found === null) return notFound();
    const before = toMemberRecord(found);
    const after = { ...before, role };
    const act = { action: 'member.update', target: { kind: 'member', id }, before: toMember(before), after: toMember(after) };
    const { json } = toRegistration(after);
    const changed = await this.audit.change(keeper, act, () => this.registrations.change('member', keeper.tenantId, id, json, found.json));
    // Its account took the place, or another admin changed it, meanwhile.
    if (!changed) return this.update(keeper, id, role);
    if (role !== before.role) await this.endSessions(before);
    return ok(toMember(after));
  }

  async remove(keeper: Principal, id: string): Promise<Outcome<null>> {
    const found = await this.registrations.find('member', keeper.tenantId, id);
    if (found === null) return notFound();
    const before = toMemberRecord(found);
    const act = { action: 'member.delete', target: { kind: 'member', id }, before: toMember(before) };
    const outcome = await this.audit.attempt(keeper, act, async () => {
      return (await this.registrations.remove('member', keeper.tenantId, id)) ? ok(null) : notFound();
    });
    await this.endSessions(before);
    return outcome;
  }

  async removeAll(keeper: Principal): Promise<void> {
    for (;;) {
      const page = await this.registrations.list('member', keeper.tenantId, { limit: PAGE, cursor: null });
      if (page === 'bad_cursor' || page.items.length === 0) return;
      for (const { id } of page.items) await this.remove(keeper, id);
    }
  }

  private async endSessions({ id, operatorId }: MemberRecord): Promise<void> {
    if (operatorId === null) return;
    const method = operatorId.startsWith('saml_') ? 'saml' : 'oidc';
    await this.revoker.revoke(markedCredentialId(this.sso.idOf({ method }, operatorId), id));
  }
}

function toMember({ tenantId: _, createdAt, ...member }: MemberRecord): Member {
  return { ...member, createdAt: new Date(createdAt).toISOString() };
}
