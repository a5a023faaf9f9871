import { DEFAULT_TENANT, failure, FailureError, type Principal } from '#libs/contracts';

/** True for the caller's own tenant, and for every one where the caller belongs to `default`. Whether it is there is not asked. */
export function reaches({ tenantId }: Principal, id: string): boolean {
  return tenantId === DEFAULT_TENANT || tenantId === id;
}

/** Throws `not_found` for a tenant that the caller does not reach. */
export function requireReach(caller: Principal, id: string): void {
  if (!reaches(caller, id)) throw new FailureError(failure('not_found', 'There is no such tenant.'));
}

/** Throws `permission_denied` for admins of other tenants than `default`. */
export function requireDefault({ tenantId }: Principal): void {
  if (tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This is for the admins of the tenant default.');
}

/** The keeper as an admin of the tenant; the audit log of that tenant names who it was. */
export function within({ kind, id, name, credentialId }: Principal, tenantId: string): Principal {
  return { kind, id, tenantId, scopes: new Set(['admin'] as const), ...(name === undefined ? {} : { name }), credentialId };
}
