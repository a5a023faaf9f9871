import type { Author } from '#libs/contracts';

/**
 * Which sessions a caller reaches. Every query carries it; what it does not reach does not exist for the caller.
 * `sessionIds` (a narrowed ticket) replaces the test of ownership; without it and without `owner` the whole tenant is reached.
 */
export interface Reach {
  readonly tenantId: string;
  readonly owner?: Author;
  readonly sessionIds?: readonly string[];
}

/** True when the session of this tenant and owner is within reach. */
export function reaches(reach: Reach, session: { id: string; tenantId: string; owner: Author }): boolean {
  if (session.tenantId !== reach.tenantId) return false;
  if (reach.sessionIds !== undefined) return reach.sessionIds.includes(session.id);
  return reach.owner === undefined || (reach.owner.kind === session.owner.kind && reach.owner.id === session.owner.id);
}
