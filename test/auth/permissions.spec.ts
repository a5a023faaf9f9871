import { describe, expect, it } from 'vitest';
import { ROLES, SCOPES, type Principal, type Role, type Scope } from '#libs/contracts';
import { may, PERMISSIONS, reachOf, roleOfScopes, scopesOfRole } from '#libs/policy';

function key(...scopes: Scope[]): Principal {
  return { kind: 'key', id: 'k', tenantId: 't', scopes: new Set(scopes), credentialId: 'k' };
}

function operator(role: Role, scopes: readonly Scope[] = scopesOfRole(role)): Principal {
  return { kind: 'operator', id: 'o', tenantId: 't', scopes: new Set(scopes), role, credentialId: 'link/s' };
}

type Name = keyof typeof PERMISSIONS;
const NAMES = Object.keys(PERMISSIONS) as Name[];
const allowed = (principal: Principal) => NAMES.filter((name) => may(principal, PERMISSIONS[name]));

describe('what a caller may do', () => {
  it.each<[Scope, Name[]]>([
    ['messages', ['ownSessions', 'readOwnSessions']],
    ['sessions:read', ['readOwnSessions', 'readAllSessions']],
    ['sessions:write', ['ownSessions', 'writeAllSessions']],
    ['tickets', ['mintTickets']],
    ['control:read', ['readControlPlane']],
    ['control:write', ['writeControlPlane']],
    ['keys', ['manageKeys']],
    ['audit:read', ['readAudit']],
    ['metrics', ['readMetrics']],
    ['admin', NAMES],
  ])('follows the contract for a key with the scope %s', (scope, names) => {
    expect(allowed(key(scope))).toEqual(names);
  });

  it.each<[Role, Name[]]>([
    ['viewer', ['ownSessions', 'readOwnSessions', 'readAllSessions', 'readControlPlane', 'ownSignIns', 'readMetrics']],
    [
      'operator',
      ['ownSessions', 'readOwnSessions', 'readAllSessions', 'writeAllSessions', 'readControlPlane', 'writeControlPlane', 'ownSignIns', 'readMetrics'],
    ],
    ['admin', NAMES],
  ])('follows the contract for the role %s', (role, names) => {
    expect(allowed(operator(role))).toEqual(names);
  });

  it('is never more by a cookie than by the key that opened it, whatever role it shows', () => {
    for (const scope of SCOPES) {
      for (const role of ROLES) {
        const cookie = allowed(operator(role, [scope]));
        expect(cookie, `${scope} as ${role}`).toEqual(allowed(key(scope)));
      }
      expect(allowed(operator(roleOfScopes(new Set([scope])), [scope]))).toEqual(allowed(key(scope)));
    }
  });

  it('is nothing without a scope or role, and nothing that needs neither', () => {
    expect(allowed(key())).toEqual([]);
    expect(may(key('admin'), {})).toBe(false);
  });
});

describe('which sessions a caller reaches', () => {
  it('are its own with messages, all of the tenant with the wider scope or role, none with neither', () => {
    const own = { tenantId: 't', owner: { kind: 'key', id: 'k' } };
    expect(reachOf(key('messages'), 'read')).toEqual(own);
    expect(reachOf(key('messages'), 'write')).toEqual(own);
    expect(reachOf(key('messages', 'sessions:read'), 'read')).toEqual({ tenantId: 't' });
    expect(reachOf(key('messages', 'sessions:read'), 'write')).toEqual(own);
    expect(reachOf(key('sessions:write'), 'write')).toEqual({ tenantId: 't' });
    expect(reachOf(key('metrics'), 'read')).toBeNull();
    expect(reachOf(key('sessions:read'), 'write')).toBeNull();
    expect(reachOf(operator('viewer'), 'read')).toEqual({ tenantId: 't' });
    expect(reachOf(operator('viewer'), 'write')).toEqual({ tenantId: 't', owner: { kind: 'operator', id: 'o' } });
    expect(reachOf(operator('operator'), 'write')).toEqual({ tenantId: 't' });
  });

  it('are those of the ticket alone when it names some', () => {
    const user: Principal = { ...key('messages'), kind: 'user', sessionIds: ['s1'] };
    expect(reachOf(user, 'read')).toEqual({ tenantId: 't', sessionIds: ['s1'] });
    expect(reachOf({ ...user, scopes: new Set(['admin']) }, 'write')).toEqual({ tenantId: 't', sessionIds: ['s1'] });
  });
});
