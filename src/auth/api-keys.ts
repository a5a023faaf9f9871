import { Injectable } from '@nestjs/common';
import { BAD_CURSOR, invalid, ok, refused, type Outcome } from '#libs/channel-sdk';
import {
  failure,
  NO_PRINCIPAL_LIMITS,
  type ApiKey,
  type CreateApiKey,
  type CreatedApiKey,
  type Page,
  type PageQuery,
  type Principal,
  type PrincipalLimits,
  type Scope,
  type UpdateApiKey,
} from '#libs/contracts';
import { holdsScope } from '#libs/policy';
import { changedKey, Clock, IdGenerator, Keys, toApiKey, type KeyChange, type KeySecret } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { LimitsInForce } from '../throttling/limits-in-force.js';
import { newApiKey } from './api-key.js';
import { CredentialRevoker } from './credential-revoker.js';

const MAX_OVERLAPPING = 4;

const notFound = () => refused(failure('not_found', 'There is no such key.'));

/**
 * The keys of a tenant, as their keepers see them. Nobody gives, changes or renews more than they hold themselves;
 * taking a key away is always allowed, so that a leak can be stopped.
 */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly keys: Keys,
    private readonly revoker: CredentialRevoker,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    private readonly audit: Audit,
    private readonly limits: LimitsInForce,
  ) {}

  async list(keeper: Principal, { limit, cursor }: PageQuery): Promise<Outcome<Page<ApiKey>>> {
    const page = await this.keys.list(keeper.tenantId, { limit, cursor: cursor ?? null });
    if (page !== 'bad_cursor') return ok({ items: page.items.map(toApiKey), nextCursor: page.nextCursor });
    return refused(BAD_CURSOR);
  }

  async get(keeper: Principal, id: string): Promise<Outcome<ApiKey>> {
    const key = await this.keys.find(id, keeper.tenantId);
    return key === null ? notFound() : ok(toApiKey(key));
  }

  /** Makes a key; its secret is in the answer and nowhere else. */
  async create(keeper: Principal, wish: CreateApiKey): Promise<Outcome<CreatedApiKey>> {
    const refusal = this.refusalOf(keeper, wish);
    if (refusal !== null) return refusal;
    const { key, prefix, hash } = newApiKey();
    const record = {
      id: this.ids.next(),
      tenantId: keeper.tenantId,
      name: wish.name,
      scopes: [...new Set(wish.scopes)],
      limits: { ...NO_PRINCIPAL_LIMITS, ...limitsNamedIn(wish) },
      createdAt: this.clock.now(),
      expiresAt: timeOf(wish.expiresAt) ?? null,
      lastUsedAt: null,
      secrets: [{ prefix, hash, expiresAt: null }],
    };
    const act = { action: 'key.create', target: target(record.id), after: toApiKey(record) };
    await this.audit.change(keeper, act, () => this.keys.create(record));
    return ok({ ...toApiKey(record), key });
  }

  /** Only what is named changes. Who is here by the key leaves when it loses a scope, and comes back with what is left. */
  async update(keeper: Principal, id: string, wish: UpdateApiKey): Promise<Outcome<ApiKey>> {
    const before = await this.keys.find(id, keeper.tenantId);
    if (before === null) return notFound();
    const refusal = this.refusalOf(keeper, wish) ?? this.refusalOf(keeper, { scopes: before.scopes });
    if (refusal !== null) return refusal;
    const change = changeOf(wish);
    const act = { action: 'key.update', target: target(id), before: toApiKey(before), after: toApiKey(changedKey(before, change)) };
    const after = await this.audit.change(keeper, act, () => this.keys.update(id, keeper.tenantId, change));
    if (after === null) return notFound();
    this.limits.changed(id, after.limits);
    const loses = before.scopes.some((scope) => !after.scopes.includes(scope));
    if (loses) await this.revoker.endSessions(after);
    else this.revoker.refresh(id);
    return ok(toApiKey(after));
  }

  /** Gives the key a new secret; the ones before, and what they opened, stay good for the overlap, and no longer than they were. */
  async rotate(keeper: Principal, id: string, overlapSeconds: number): Promise<Outcome<CreatedApiKey>> {
    const before = await this.keys.find(id, keeper.tenantId);
    if (before === null) return notFound();
    const refusal = this.refusalOf(keeper, { scopes: before.scopes });
    if (refusal !== null) return refusal;
    const { key, prefix, hash } = newApiKey();
    const fresh: KeySecret = { prefix, hash, expiresAt: null };
    const renewed = { ...toApiKey({ ...before, secrets: [fresh] }), overlapSeconds };
    const act = { action: 'key.rotate', target: target(id), before: toApiKey(before), after: renewed };
    const renew = (secrets: readonly KeySecret[]) => [fresh, ...this.overlapping(secrets, overlapSeconds)];
    const after = await this.audit.change(keeper, act, () => this.keys.replaceSecrets(id, keeper.tenantId, renew));
    if (after === null) return notFound();
    this.revoker.refresh(id);
    return ok({ ...toApiKey(after), key });
  }

  /** Takes the key away, with its tickets, tokens, sessions and connections. */
  async revoke(keeper: Principal, id: string): Promise<Outcome<null>> {
    const before = await this.keys.find(id, keeper.tenantId);
    if (before === null) return notFound();
    const act = { action: 'key.revoke', target: target(id), before: toApiKey(before) };
    if (!(await this.audit.change(keeper, act, () => this.keys.remove(id, keeper.tenantId)))) return notFound();
    await this.revoker.revokeKey(before);
    return ok(null);
  }

  private overlapping(secrets: readonly KeySecret[], overlapSeconds: number): KeySecret[] {
    const now = this.clock.now();
    const end = now + overlapSeconds * 1000;
    return secrets
      .map((secret) => ({ ...secret, expiresAt: Math.min(end, secret.expiresAt ?? end) }))
      .filter(({ expiresAt }) => expiresAt > now)
      .slice(0, MAX_OVERLAPPING);
  }

  private refusalOf(keeper: Principal, wish: { scopes?: readonly Scope[] | undefined; expiresAt?: string | null | undefined }) {
    const beyond = (wish.scopes ?? []).filter((scope) => !holdsScope(keeper.scopes, scope));
    if (beyond.length > 0) return refused(failure('permission_denied', `You do not hold ${beyond.join(', ')} yourself.`));
    const end = timeOf(wish.expiresAt);
    if (typeof end !== 'number' || end > this.clock.now()) return null;
    return refused(invalid([{ path: ['expiresAt'], message: 'must be in the future' }]));
  }
}

function target(id: string) {
  return { kind: 'key', id };
}

function timeOf(text: string | null | undefined): number | null | undefined {
  return typeof text === 'string' ? Date.parse(text) : text;
}

function limitsNamedIn({ limits = {} }: Pick<UpdateApiKey, 'limits'>): Partial<PrincipalLimits> {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

function changeOf(wish: UpdateApiKey): KeyChange {
  const expiresAt = timeOf(wish.expiresAt);
  return {
    ...(wish.name === undefined ? {} : { name: wish.name }),
    ...(wish.scopes === undefined ? {} : { scopes: [...new Set(wish.scopes)] }),
    ...(wish.limits === undefined ? {} : { limits: limitsNamedIn(wish) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
