import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure, type Principal } from '#libs/contracts';
import { Config } from '../config/config.js';
import { MessageMetrics } from '../observability/metrics/message-metrics.js';
import { LimitsInForce } from './limits-in-force.js';
import { Places } from './places.js';
import { TenantLimitsBook } from './tenant-limits-book.js';

const RETRY_AFTER_MS = 5000;

/** Gives the place of a connection back; calling it again changes nothing. */
export type LeavePlace = () => void;

/** Sockets and event streams that are open, of a principal and of a tenant, over all doors. A limit that shrinks cuts nobody off; it lets nobody in. */
@Injectable()
export class ConnectionsAtOnce {
  readonly #places = new Places();

  constructor(
    private readonly config: Config,
    private readonly limits: LimitsInForce,
    private readonly tenants: TenantLimitsBook,
    private readonly metrics: MessageMetrics,
  ) {}

  /** Takes a place, or refuses with `rate_limited`. */
  async take(principal: Principal): Promise<Outcome<LeavePlace>> {
    const tenant = (await this.tenants.read(principal.tenantId))?.connections ?? null;
    const own = this.limits.of(principal)?.connections ?? this.config.settings.CONNECTIONS_AT_ONCE ?? null;
    const room = { principal: own, tenant };
    const whose = this.#places.full(principal, room);
    if (whose !== null) {
      this.metrics.limitHit('connections');
      return refused(failure('rate_limited', `${room[whose]} connections of this ${whose} are open`, { retryAfterMs: RETRY_AFTER_MS }));
    }
    const { tenantId, kind, id } = principal;
    const occupant = { tenantId, kind, id };
    this.#places.take(occupant);
    let taken = true;
    return ok(() => {
      if (taken) this.#places.leave(occupant);
      taken = false;
    });
  }
}
