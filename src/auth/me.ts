import { z } from 'zod';
import { PrincipalViewSchema, RoleSchema, ScopeSchema, type Principal } from '#libs/contracts';

/** What a caller is told about itself. */
export const MeSchema = PrincipalViewSchema.extend({ role: RoleSchema.nullable(), scopes: z.array(ScopeSchema) }).meta({ id: 'Me' });
export type Me = z.infer<typeof MeSchema>;

export function toMe(principal: Principal): Me {
  const { kind, id, tenantId, role, scopes } = principal;
  return { kind, id, tenantId, role: role ?? null, scopes: [...scopes] };
}
