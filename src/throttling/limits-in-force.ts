import { Injectable } from '@nestjs/common';
import type { Principal, PrincipalLimits } from '#libs/contracts';
import { countedAs } from './counted-as.js';

const MAX_CHANGED = 100_000;

/**
 * The limits of a principal as they are now. A connection keeps the principal it came with; what an admin has changed since in this
 * process is found here, for the last 100,000 keys.
 */
@Injectable()
export class LimitsInForce {
  readonly #changed = new Map<string, PrincipalLimits>();

  /** Called once the store holds the change. */
  changed(keyId: string, limits: PrincipalLimits): void {
    this.#changed.delete(keyId);
    const oldest = this.#changed.keys().next();
    if (this.#changed.size >= MAX_CHANGED && oldest.done !== true) this.#changed.delete(oldest.value);
    this.#changed.set(keyId, limits);
  }

  /** Undefined: those of the settings. */
  of(principal: Pick<Principal, 'kind' | 'id' | 'limits'>): PrincipalLimits | undefined {
    const { limits } = principal;
    if (this.#changed.size === 0) return limits;
    const { kind, id } = countedAs(principal);
    return kind === 'key' ? (this.#changed.get(id) ?? limits) : limits;
  }
}
