import type { Me, Principal } from '#libs/contracts';

/** What this caller is told about itself. */
export function toMe(principal: Principal): Me {
  const { kind, id, tenantId, role, scopes, name } = principal;
  return { kind, id, tenantId, role: role ?? null, scopes: [...scopes], ...(name === undefined ? {} : { name }) };
}
