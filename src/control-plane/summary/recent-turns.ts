import { Injectable } from '@nestjs/common';
import type { Summary } from '#libs/contracts';
import { TurnNotices } from '../../gateway/turn-notices.js';
import { FirstTexts } from './first-texts.js';
import { SecondCounts } from './second-counts.js';

/** Tenants that are told apart; beyond it the one that was heard of first is forgotten. */
const MAX_TENANTS = 1000;

interface Recent {
  readonly counts: SecondCounts;
  readonly firstTexts: FirstTexts;
}

/** What turns did in the last seconds and minutes, by tenant: kept in a few numbers as it happens. */
@Injectable()
export class RecentTurns {
  readonly #tenants = new Map<string, Recent>();

  constructor(private readonly notices: TurnNotices) {}

  begin(): void {
    this.notices.listen({
      accepted: (tenantId) => this.#of(tenantId).counts.add('messages', performance.now()),
      ended: ({ tenantId, state, firstTextMs }) => {
        const now = performance.now();
        const { counts, firstTexts } = this.#of(tenantId);
        counts.add(state, now);
        if (firstTextMs !== null) firstTexts.add(firstTextMs, now);
      },
    });
  }

  rates(tenantId: string): Summary['rates'] {
    return (this.#tenants.get(tenantId)?.counts ?? new SecondCounts()).rates(performance.now());
  }

  firstText(tenantId: string): Summary['firstText'] {
    return this.#tenants.get(tenantId)?.firstTexts.percentiles(performance.now()) ?? null;
  }

  #of(tenantId: string): Recent {
    let recent = this.#tenants.get(tenantId);
    if (recent === undefined) {
      const [first] = this.#tenants.keys();
      if (this.#tenants.size >= MAX_TENANTS && first !== undefined) this.#tenants.delete(first);
      this.#tenants.set(tenantId, (recent = { counts: new SecondCounts(), firstTexts: new FirstTexts() }));
    }
    return recent;
  }
}
