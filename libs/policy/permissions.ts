import type { Principal, Role, Scope } from '#libs/contracts';
import type { Reach } from '#libs/ports';

/** What a call needs: one of the scopes, or the role or a higher one. */
export interface Permission {
  readonly scope?: Scope | readonly Scope[];
  readonly role?: Role;
}

/** The table of CONTRACT section 6: what a key's scope or an operator's role opens. */
export const PERMISSIONS = {
  ownSessions: { scope: ['messages', 'sessions:write'], role: 'viewer' },
  readOwnSessions: { scope: ['messages', 'sessions:read'], role: 'viewer' },
  readAllSessions: { scope: 'sessions:read', role: 'viewer' },
  writeAllSessions: { scope: 'sessions:write', role: 'operator' },
  mintTickets: { scope: 'tickets' },
  readControlPlane: { scope: 'control:read', role: 'viewer' },
  writeControlPlane: { scope: 'control:write', role: 'operator' },
  ownSignIns: { scope: 'admin', role: 'viewer' },
  manageKeys: { scope: 'keys', role: 'admin' },
  readAudit: { scope: 'audit:read', role: 'admin' },
  readMetrics: { scope: 'metrics', role: 'viewer' },
  administer: { scope: 'admin', role: 'admin' },
} as const satisfies Record<string, Permission>;

const RANK: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };

const VIEWER: readonly Scope[] = ['messages', 'sessions:read', 'control:read', 'metrics'];
const OPERATOR: readonly Scope[] = [...VIEWER, 'sessions:write', 'control:write'];
const ROLE_SCOPES: Record<Role, readonly Scope[]> = { viewer: VIEWER, operator: OPERATOR, admin: ['admin'] };

/** The scopes that a role stands for. */
export function scopesOfRole(role: Role): readonly Scope[] {
  return ROLE_SCOPES[role];
}

/** The highest role that a key with these scopes is shown as; it never widens them, see `may`. */
export function roleOfScopes(scopes: ReadonlySet<Scope>): Role {
  if (scopes.has('admin')) return 'admin';
  return scopes.has('control:write') || scopes.has('sessions:write') ? 'operator' : 'viewer';
}

/** True when the scopes hold this one; `admin` holds all. */
export function holdsScope(scopes: ReadonlySet<Scope>, scope: Scope): boolean {
  return scopes.has('admin') || scopes.has(scope);
}

/**
 * True when the principal has one of the scopes or the role. A role counts only while the scopes cover all it stands for,
 * so an operator who signed in with a key can never do more than that key.
 */
export function may(principal: Pick<Principal, 'scopes' | 'role'>, permission: Permission): boolean {
  const { scope, role } = permission;
  const wanted = scope === undefined ? [] : typeof scope === 'string' ? [scope] : scope;
  if (wanted.some((one) => holdsScope(principal.scopes, one))) return true;
  if (role === undefined || principal.role === undefined || RANK[principal.role] < RANK[role]) return false;
  return ROLE_SCOPES[role].every((one) => holdsScope(principal.scopes, one));
}

/**
 * The sessions that the principal reaches to read, or to change and send in; null when it may do neither in any.
 * A ticket's list of sessions replaces ownership.
 */
export function reachOf(principal: Principal, access: 'read' | 'write'): Reach | null {
  if (!may(principal, access === 'read' ? PERMISSIONS.readOwnSessions : PERMISSIONS.ownSessions)) return null;
  const { tenantId } = principal;
  if (principal.sessionIds !== undefined) return { tenantId, sessionIds: principal.sessionIds };
  if (may(principal, access === 'read' ? PERMISSIONS.readAllSessions : PERMISSIONS.writeAllSessions)) return { tenantId };
  return { tenantId, owner: { kind: principal.kind, id: principal.id } };
}
