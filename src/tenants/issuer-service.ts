import { Injectable } from '@nestjs/common';
import { BAD_CURSOR, invalid, ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type CreateIssuer, type Issuer, type Page, type PageQuery, type Principal } from '#libs/contracts';
import { Clock, IdGenerator, Registrations } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { CredentialRevoker } from '../auth/credential-revoker.js';
import { discoveryOf, IssuerKeys } from '../auth/jwt/issuer-keys.js';
import { tokenCredential } from '../auth/jwt/token-credential.js';
import { toRegistration, toTrustedIssuer, TrustedIssuers, type TrustedIssuer } from '../auth/jwt/trusted-issuers.js';
import { EgressGuard } from '../egress-guard/egress-guard.js';

/** Issuers that one tenant may trust. */
const MAX_ISSUERS = 16;
const PAGE = 100;

const notFound = () => refused(failure('not_found', 'There is no such issuer.'));
const taken = () => refused(failure('conflict', 'The tokens of this issuer for this audience are trusted already.'));
const full = () => refused(failure('conflict', `A tenant trusts at most ${MAX_ISSUERS} issuers.`));

/**
 * The issuers whose tokens a tenant trusts. The pair of issuer and audience belongs to one tenant of the gateway: a token must say by
 * itself whose user it is about.
 */
@Injectable()
export class IssuerService {
  constructor(
    private readonly registrations: Registrations,
    private readonly trusted: TrustedIssuers,
    private readonly keys: IssuerKeys,
    private readonly revoker: CredentialRevoker,
    private readonly egress: EgressGuard,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  async list(tenantId: string, { limit, cursor }: PageQuery): Promise<Outcome<Page<Issuer>>> {
    const page = await this.registrations.list('issuer', tenantId, { limit, cursor: cursor ?? null });
    if (page !== 'bad_cursor') return ok({ items: page.items.map((row) => toIssuer(toTrustedIssuer(row))), nextCursor: page.nextCursor });
    return refused(BAD_CURSOR);
  }

  async get(tenantId: string, id: string): Promise<Outcome<Issuer>> {
    const found = await this.registrations.find('issuer', tenantId, id);
    return found === null ? notFound() : ok(toIssuer(toTrustedIssuer(found)));
  }

  async create(keeper: Principal, wish: CreateIssuer): Promise<Outcome<Issuer>> {
    const wrong = this.complaintAbout(wish);
    if (wrong !== null) return wrong;
    const { tenantId } = keeper;
    const record = { ...wish, algorithms: [...new Set(wish.algorithms)], id: this.ids.next(), tenantId, createdAt: this.clock.now() };
    if (await this.isTaken(record)) return taken();
    const act = { action: 'issuer.create', target: { kind: 'issuer', id: record.id }, after: toIssuer(record) };
    return this.audit.attempt(keeper, act, () => this.add(record));
  }

  /** Its tokens are refused from now on, and who came in with one is sent away. */
  async remove(keeper: Principal, id: string): Promise<Outcome<null>> {
    const found = await this.registrations.find('issuer', keeper.tenantId, id);
    if (found === null) return notFound();
    const act = { action: 'issuer.delete', target: { kind: 'issuer', id }, before: toIssuer(toTrustedIssuer(found)) };
    const outcome = await this.audit.attempt(keeper, act, async () => {
      return (await this.registrations.remove('issuer', keeper.tenantId, id)) ? ok(null) : notFound();
    });
    this.trusted.forget();
    this.keys.forget(id);
    await this.revoker.revoke(tokenCredential.rootOf(id));
    return outcome;
  }

  async removeAll(keeper: Principal): Promise<void> {
    for (;;) {
      const page = await this.registrations.list('issuer', keeper.tenantId, { limit: PAGE, cursor: null });
      if (page === 'bad_cursor' || page.items.length === 0) return;
      for (const { id } of page.items) await this.remove(keeper, id);
    }
  }

  /** Of two tenants that register the same at once, both may be refused, but never both accepted. */
  private async add(record: TrustedIssuer): Promise<Outcome<Issuer>> {
    const added = await this.registrations.add(toRegistration(record), MAX_ISSUERS);
    if (added !== 'added') return added === 'full' ? full() : taken();
    if (!(await this.isTaken(record))) return ok(toIssuer(record));
    await this.registrations.remove('issuer', record.tenantId, record.id);
    this.trusted.forget();
    return taken();
  }

  private async isTaken({ id, issuer, audience }: TrustedIssuer): Promise<boolean> {
    this.trusted.forget();
    return (await this.trusted.matching(issuer, [audience])).some((other) => other.id !== id);
  }

  private complaintAbout({ issuer, jwksUrl }: CreateIssuer) {
    const path = jwksUrl === null ? 'issuer' : 'jwksUrl';
    const refusal = this.egress.refusalOf(jwksUrl ?? discoveryOf(issuer));
    return refusal === null ? null : refused(invalid([{ path: [path], message: refusal }]));
  }
}

function toIssuer({ tenantId: _, createdAt, ...issuer }: TrustedIssuer): Issuer {
  return { ...issuer, createdAt: new Date(createdAt).toISOString() };
}
