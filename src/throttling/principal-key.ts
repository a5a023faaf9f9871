import type { Principal } from '#libs/contracts';
import { countedAs } from './counted-as.js';

type Purpose = 'messages' | 'reads';

/** A principal is one object as long as its connection is open or its key is in use, so the name is made once. */
const known: Readonly<Record<Purpose, WeakMap<Principal, string>>> = { messages: new WeakMap(), reads: new WeakMap() };

/** Names a principal for counting: a key over its rotations and at a page, a user over its tickets. */
export function principalKey(purpose: Purpose, principal: Principal): string {
  let key = known[purpose].get(principal);
  if (key === undefined) {
    const { kind, id } = countedAs(principal);
    key = `${purpose}\n${principal.tenantId}\n${kind}\n${id}`;
    known[purpose].set(principal, key);
  }
  return key;
}
