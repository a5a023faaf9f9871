import { isId } from '#libs/contracts';
import type { Reach } from '#libs/ports';
import { toJsonText } from './json-text.js';

/** The reach as `is_within` reads it. Ids that nobody made are left out: they name no session. */
export function reachJson({ tenantId, owner, sessionIds }: Reach): object {
  return {
    tenantId,
    ...(owner === undefined ? {} : { owner: { kind: owner.kind, id: toJsonText(owner.id) } }),
    ...(sessionIds === undefined ? {} : { sessionIds: sessionIds.filter(isId) }),
  };
}
