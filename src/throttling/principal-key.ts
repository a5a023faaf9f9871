import type { Principal } from '#libs/contracts';
import { countedAs } from './counted-as.js';

/** Names a principal for counting: a key over its rotations and at a page, a user over its tickets. */
export function principalKey(purpose: 'messages' | 'reads', principal: Principal): string {
  const { kind, id } = countedAs(principal);
  return `${purpose}\n${principal.tenantId}\n${kind}\n${id}`;
}
