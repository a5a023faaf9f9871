import { Injectable } from '@nestjs/common';
import { failure, type Failure, type Principal } from '#libs/contracts';
import { IdMap } from '#libs/policy';
import { Config } from '../config/config.js';
import { LimitsInForce } from './limits-in-force.js';
import { Places, type Occupant } from './places.js';
import { TenantLimitsBook } from './tenant-limits-book.js';

const RETRY_AFTER_MS = 1000;

/**
 * Turns that were accepted and have not ended, of a principal and of a tenant, over all doors and sessions. Turns that waited through a
 * restart count again once they run.
 */
@Injectable()
export class TurnsAtOnce {
  readonly #places = new Places();
  readonly #open = new IdMap<Occupant & { readonly turnId: string; readonly sessionId: string }>();

  constructor(
    private readonly config: Config,
    private readonly limits: LimitsInForce,
    private readonly tenants: TenantLimitsBook,
  ) {}

  /** Why there is no room for one more, or null. Call `take` in the same turn of the event loop. */
  full(principal: Principal): Failure | null {
    const room = {
      principal: this.limits.of(principal)?.turnsAtOnce ?? this.config.settings.TURNS_AT_ONCE ?? null,
      tenant: this.tenants.find(principal.tenantId)?.turnsAtOnce ?? null,
    };
    const whose = this.#places.full(principal, room);
    if (whose === null) return null;
    const detail = `${room[whose]} turns of this ${whose} have not ended yet`;
    return failure('rate_limited', detail, { retryAfterMs: RETRY_AFTER_MS });
  }

  /** Takes a place for a turn that is about to be accepted, or that runs; one that has a place keeps it. */
  take({ turnId, sessionId }: { readonly turnId: string; readonly sessionId: string }, { tenantId, kind, id }: Occupant): void {
    if (this.#open.has(turnId)) return;
    const occupant = { tenantId, kind, id, turnId, sessionId };
    this.#open.set(turnId, occupant);
    this.#places.take(occupant);
  }

  /** The turn was not accepted, or it has ended; a turn that is not known changes nothing. */
  leave(turnId: string): void {
    const occupant = this.#open.get(turnId);
    if (occupant === undefined) return;
    this.#open.delete(turnId);
    this.#places.leave(occupant);
  }

  /** The store says which turns of the session are open: an end whose answer was lost makes room, too. */
  keepOnly(sessionId: string, turnIds: ReadonlySet<string>): void {
    for (const open of this.#open.values()) if (open.sessionId === sessionId && !turnIds.has(open.turnId)) this.leave(open.turnId);
  }
}
