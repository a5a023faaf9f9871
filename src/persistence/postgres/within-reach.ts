import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { isId } from '#libs/contracts';
import type { Reach } from '#libs/ports';
import { toJsonText } from './json-text.js';
import type { Tables } from './tables.js';

/** The condition that a session is of the tenant, within reach and not being deleted. */
export function withinReach({ tenantId, owner, sessionIds }: Reach) {
  return (eb: ExpressionBuilder<Tables, 'sessions'>): Expression<SqlBool> => {
    const conditions = [eb('sessions.tenant_id', '=', tenantId), eb('sessions.closing', '=', false)];
    if (sessionIds !== undefined) {
      conditions.push(eb('sessions.id', '=', eb.fn.any(eb.val(sessionIds.filter(isId)))));
    } else if (owner !== undefined) {
      conditions.push(eb('sessions.owner_kind', '=', owner.kind), eb('sessions.owner_id', '=', toJsonText(owner.id)));
    }
    return eb.and(conditions);
  };
}
