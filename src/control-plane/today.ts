import { Injectable } from '@nestjs/common';
import { Clock, Figures } from '#libs/ports';
import { TurnNotices, type EndedTurn } from '../gateway/turn-notices.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface DayCount {
  messages: number;
  completed: number;
  failed: number;
  cancelled: number;
}

/**
 * Messages accepted since midnight UTC and what became of them, by tenant. Counted once from the store at the start and from then on as it
 * happens, so that asking costs nothing.
 */
@Injectable()
export class Today {
  #midnight = 0;
  /** No turn of today has a lower id. */
  #lowest = lowestIdAt(0);
  readonly #tenants = new Map<string, DayCount>();

  constructor(
    private readonly clock: Clock,
    private readonly figures: Figures,
    private readonly notices: TurnNotices,
  ) {}

  /** Run once, before the first message comes in and before turns of an earlier process are taken up. */
  async begin(): Promise<void> {
    this.#turnOver();
    for (const { tenantId, state, count } of await this.figures.turnsFrom(this.#lowest)) {
      const day = this.#of(tenantId);
      day.messages += count;
      if (state !== 'queued' && state !== 'running') day[state] += count;
    }
    this.notices.listen({
      accepted: (tenantId, turnId) => this.#count(tenantId, turnId, 'messages'),
      ended: ({ tenantId, turnId, state }: EndedTurn) => this.#count(tenantId, turnId, state),
    });
  }

  of(tenantId: string): Readonly<DayCount> {
    this.#turnOver();
    return this.#tenants.get(tenantId) ?? { messages: 0, completed: 0, failed: 0, cancelled: 0 };
  }

  #count(tenantId: string, turnId: string, what: keyof DayCount): void {
    this.#turnOver();
    if (turnId >= this.#lowest) this.#of(tenantId)[what] += 1;
  }

  #of(tenantId: string): DayCount {
    let day = this.#tenants.get(tenantId);
    if (day === undefined) this.#tenants.set(tenantId, (day = { messages: 0, completed: 0, failed: 0, cancelled: 0 }));
    return day;
  }

  #turnOver(): void {
    const midnight = Math.floor(this.clock.now() / DAY_MS) * DAY_MS;
    if (midnight <= this.#midnight) return;
    this.#midnight = midnight;
    this.#lowest = lowestIdAt(midnight);
    this.#tenants.clear();
  }
}

/** No UUIDv7 made at or after this time is lower (RFC 9562, section 5.7: the first 48 bits are milliseconds). */
function lowestIdAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
