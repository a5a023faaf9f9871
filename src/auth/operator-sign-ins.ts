import { Injectable } from '@nestjs/common';
import type { Page, Principal, PrincipalLimits, Role, Scope } from '#libs/contracts';
import { scopesOfRole } from '#libs/policy';
import { Clock, OperatorSessions, type BadCursor, type OperatorSession, type PageRequest } from '#libs/ports';
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

/** `limits`: those of the key that opened the session, when one did. */
export function operatorOf(session: OperatorSession, limits?: PrincipalLimits): Principal {
  return {
    kind: 'operator',
    id: session.operatorId,
    tenantId: session.tenantId,
    scopes: new Set(session.scopes ?? scopesOfRole(session.role)),
    role: session.role,
    ...(isNamedByProvider(session) ? { name: session.name } : {}),
    ...(limits === undefined ? {} : { limits }),
    credentialId: `${session.credentialId}/${session.id}`,
  };
}

/** Other sessions are named by ourselves, after what opened them; and of an account without an address there is nothing but its id. */
function isNamedByProvider({ credentialId, operatorId, name }: OperatorSession): boolean {
  return SsoCredential.owns(credentialId) && name !== operatorId;
}
