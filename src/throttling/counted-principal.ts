import type { Principal, PrincipalLimits } from '#libs/contracts';
import { CounterKey, type Quota } from '#libs/ports';
import { principalKey } from './principal-key.js';

/** Its constructor answers with the object it is given, so that the private field of a class that extends it is put into that object. */
class Bearer {
  constructor(principal: object) {
    return principal;
  }
}

/**
 * What is kept of a principal from its first message on. It stands in a private field of the principal itself: as unseen, as short-lived and as
 * little copied as what a WeakMap holds, but read without a search, in memory that the decision reads anyway.
 */
export class CountedPrincipal extends CounterKey {
  constructor(
    principal: Principal,
    /** Whose it is: nobody else's quotas hold. */
    readonly by: object,
    /** The limits that the quotas were made of. */
    public limits: PrincipalLimits | undefined,
    public quotas: readonly Quota[],
  ) {
    super(principalKey('messages', principal));
  }

  /** Undefined for a principal that nothing is kept of yet. */
  static of(principal: Principal): CountedPrincipal | undefined {
    return Kept.in(principal);
  }

  static keep(principal: Principal, counted: CountedPrincipal): void {
    Kept.put(principal, counted);
  }
}

class Kept extends Bearer {
  #counted: CountedPrincipal;

  private constructor(principal: object, counted: CountedPrincipal) {
    super(principal);
    this.#counted = counted;
  }

  static in(principal: object): CountedPrincipal | undefined {
    return #counted in principal ? principal.#counted : undefined;
  }

  static put(principal: object, counted: CountedPrincipal): void {
    if (#counted in principal) principal.#counted = counted;
    else new Kept(principal, counted);
  }
}
