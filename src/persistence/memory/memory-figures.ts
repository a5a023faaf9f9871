import { Figures, type OpenTurnCount, type TenantFigures, type TurnCount } from '#libs/ports';
import type { MemoryState } from './memory-state.js';

/** Figures of what is in memory. */
export class MemoryFigures extends Figures {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    super();
    this.#state = state;
  }

  override async of(tenantId: string): Promise<TenantFigures> {
    const sessions = [...this.#state.sessions.values()].filter((session) => session.tenantId === tenantId && !session.closing);
    const states = this.#state.deliveries.records().filter((record) => record.tenantId === tenantId).map((record) => record.state);
    const dead = states.filter((state) => state === 'dead').length;
    const delivered = states.filter((state) => state === 'delivered').length;
    const openTurns = new Map<string, OpenTurnCount>();
    for (const { tenantId: of, agent, state } of this.#state.turns.values()) {
      if (of !== tenantId || (state !== 'queued' && state !== 'running')) continue;
      const key = JSON.stringify([agent, state]);
      openTurns.set(key, { agent, state, count: (openTurns.get(key)?.count ?? 0) + 1 });
    }
    return {
      sessions: sessions.length,
      deliveriesOpen: states.length - dead - delivered,
      deliveriesDead: dead,
      openTurns: [...openTurns.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counted]) => counted),
    };
  }

  override async turnsFrom(turnId: string): Promise<readonly TurnCount[]> {
    const counts = new Map<string, TurnCount>();
    const fresh = [...this.#state.turns.values()].filter((turn) => turn.turnId >= turnId);
    for (const { tenantId, state } of fresh) {
      const key = JSON.stringify([tenantId, state]);
      counts.set(key, { tenantId, state, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }
}
