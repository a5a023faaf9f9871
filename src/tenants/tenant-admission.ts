import { DEFAULT_TENANT, failure, FailureError, type Principal } from '#libs/contracts';

/** Throws `permission_denied` for admins of other tenants than `default`. */
export function requireDefault({ tenantId }: Principal): void {
  if (tenantId !== DEFAULT_TENANT) throw FailureError.of('permission_denied', 'This is for the admins of the tenant default.');
}

/** Throws `not_found` unless the tenant is the caller's own or the caller belongs to `default`. */
export function requireReach({ tenantId }: Principal, id: string): void {
  if (tenantId !== DEFAULT_TENANT && tenantId !== id) throw new FailureError(failure('not_found', 'There is no such tenant.'));
}
