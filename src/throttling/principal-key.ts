import type { Principal } from '#libs/contracts';

/** Names a principal for counting: a key over its rotations, a user over its tickets. */
export function principalKey(purpose: 'messages' | 'reads', principal: Principal): string {
  return `${purpose}:${principal.tenantId}:${principal.kind}:${principal.id}`;
}
