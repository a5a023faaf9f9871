import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { TurnNotices, type EndedTurn } from '../../gateway/turn-notices.js';
import { StoredTurns } from './stored-turns.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface DayCount {
  messages: number;
  completed: number;
  failed: number;
  cancelled: number;
}

/**
 * Messages accepted since midnight UTC and what became of them, by tenant. Counted once from the store at the start and from then on as it
 * happens, so that asking costs nothing. A start does not wait for a day with very many: what `StoredTurns` has not come to yet is missing.
 */
@Injectable()
export class Today {
  #midnight = 0;
  /** No turn of today has a lower id. */
  #lowest = lowestIdAt(0);
  readonly #tenants = new Map<string, DayCount>();
  readonly #failures = new Map<string, Map<ErrorCode, number>>();

  constructor(
    private readonly clock: Clock,
    private readonly stored: StoredTurns,
    private readonly notices: TurnNotices,
  ) {}

  /** Run once, before the first message comes in and before turns of an earlier process are taken up. */
  async begin(): Promise<void> {
    this.#turnOver();
    const lowest = this.#lowest;
    await this.stored.count(lowest, {
      wanted: () => this.#lowest === lowest,
      told: (tenantId, ended) => {
        const day = this.#of(tenantId);
        day.messages += 1;
        if (ended !== null) day[ended] += 1;
      },
    });
    this.notices.listen({
      accepted: (tenantId, turnId) => this.#count(tenantId, turnId, 'messages'),
      ended: (turn) => this.#ended(turn),
    });
  }

  of(tenantId: string): Readonly<DayCount> {
    this.#turnOver();
    return this.#tenants.get(tenantId) ?? { messages: 0, completed: 0, failed: 0, cancelled: 0 };
  }

  /** Turns that failed today, or since the start when that is later, by why; the most first. */
  failures(tenantId: string): { readonly code: ErrorCode; readonly count: number }[] {
    this.#turnOver();
    const failures = [...(this.#failures.get(tenantId) ?? [])].map(([code, count]) => ({ code, count }));
    return failures.sort((one, other) => other.count - one.count);
  }

  #ended({ tenantId, turnId, state, error }: EndedTurn): void {
    this.#count(tenantId, turnId, state);
    if (error === null || turnId < this.#lowest) return;
    let failures = this.#failures.get(tenantId);
    if (failures === undefined) this.#failures.set(tenantId, (failures = new Map()));
    failures.set(error, (failures.get(error) ?? 0) + 1);
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
    this.#failures.clear();
  }
}

/** No UUIDv7 made at or after this time is lower (RFC 9562, section 5.7: the first 48 bits are milliseconds). */
function lowestIdAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
