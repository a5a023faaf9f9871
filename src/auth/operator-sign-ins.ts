import { Injectable } from '@nestjs/common';
import type { Page, Principal, Role, Scope } from '#libs/contracts';
import { holdsScope, scopesOfRole } from '#libs/policy';
import { Clock, OperatorSessions, type BadCursor, type KeyRecord, type OperatorSession, type PageRequest } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { ExpiredSweep } from './expired-sweep.js';
import { digest, newSecret } from './secret.js';
import { SsoCredential } from './sso/sso-credential.js';

const HOUR_MS = 3_600_000;
const IDLE_MS = 12 * HOUR_MS;
const ABSOLUTE_MS = 7 * 24 * HOUR_MS;
const TOUCH_EVERY_MS = 60_000;

export interface SignIn {
  readonly tenantId: string;
  readonly operatorId: string;
  readonly name: string;
  readonly role: Role;
  /** Set when a key signed in: what that key may do. */
  readonly scopes: readonly Scope[] | null;
  /** What the session was opened with; when it is revoked the session ends. */
  readonly credentialId: string;
}

export interface OpenedSession {
  /** The cookie's value; only its hash is kept. */
  readonly value: string;
  readonly principal: Principal;
  readonly maxAgeMs: number;
}

/** Sessions of signed-in operators, kept by the server: they end after 12 idle hours, and after 7 days in any case. */
@Injectable()
export class OperatorSignIns {
  constructor(
    private readonly sessions: OperatorSessions,
    private readonly sweep: ExpiredSweep,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  /** Opens a session under a new random value. */
  async open(signIn: SignIn): Promise<OpenedSession> {
    const value = newSecret();
    const now = this.clock.now();
    const session = { ...signIn, id: digest(value), createdAt: now, seenAt: now, expiresAt: now + ABSOLUTE_MS };
    const operator = operatorOf(session);
    const after = { name: session.name, role: session.role, openedWith: session.credentialId };
    await this.audit.change(operator, { action: 'operator.sign-in', after }, () => this.sessions.create(session));
    this.sweep.noteMade();
    return { value, principal: operator, maxAgeMs: ABSOLUTE_MS };
  }

  /** The session of a cookie's value, noted as seen; null when there is none or it has ended. */
  async find(value: string): Promise<OperatorSession | null> {
    const session = await this.current(digest(value));
    const now = this.clock.now();
    if (session !== null && now - session.seenAt >= TOUCH_EVERY_MS) await this.sessions.touch(session.id, now);
    return session;
  }

  /** The session with this id (the hash of the cookie's value), while it lasts. */
  async current(id: string): Promise<OperatorSession | null> {
    const session = await this.sessions.find(id);
    return session !== null && endOf(session) > this.clock.now() ? session : null;
  }

  /** Those that have not ended, newest first; of all operators of the tenant when none is named. */
  list(tenantId: string, operatorId: string | undefined, page: PageRequest): Promise<Page<OperatorSession> | BadCursor> {
    const now = this.clock.now();
    const live = { expiresAfter: now, seenAfter: now - IDLE_MS };
    return this.sessions.list(tenantId, operatorId === undefined ? live : { ...live, operatorId }, page);
  }

  /** False when it was over already. */
  close(id: string): Promise<boolean> {
    return this.sessions.remove(id);
  }
}

/** When the session ends if it is not used again, in milliseconds since the epoch. */
export function endOf(session: OperatorSession): number {
  return Math.min(session.expiresAt, session.seenAt + IDLE_MS);
}

/** `key`: the one that opened the session as it is now, when one did. The operator has its limits, and may do what both allow. */
export function operatorOf(session: OperatorSession, key?: Pick<KeyRecord, 'scopes' | 'limits'>): Principal {
  const scopes = session.scopes ?? scopesOfRole(session.role);
  return {
    kind: 'operator',
    id: session.operatorId,
    tenantId: session.tenantId,
    scopes: new Set(key === undefined ? scopes : heldByBoth(scopes, key.scopes)),
    role: session.role,
    ...(isNamedByProvider(session) ? { name: session.name } : {}),
    ...(key === undefined ? {} : { limits: key.limits }),
    credentialId: `${session.credentialId}/${session.id}`,
  };
}

function heldByBoth(one: readonly Scope[], other: readonly Scope[]): Scope[] {
  const [first, second] = [new Set(one), new Set(other)];
  return [...one.filter((scope) => holdsScope(second, scope)), ...other.filter((scope) => holdsScope(first, scope))];
}

/** Other sessions are named by ourselves, after what opened them; and of an account without an address there is nothing but its id. */
function isNamedByProvider({ credentialId, operatorId, name }: OperatorSession): boolean {
  return SsoCredential.owns(credentialId) && name !== operatorId;
}
