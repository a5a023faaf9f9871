import type { Page } from '#libs/contracts';
import { DEPTH_COUNTED, Figures, type DeliveryDepth, type BadCursor, type OpenTurnCount, type OpenTurnRecord, type PageRequest, type TenantFigures, type TurnStanding } from '#libs/ports';
import { openTurnPage, openTurnsBehind } from '../open-turn-page.js';
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
    for (const { tenantId: of, agent, state, acceptedAt } of this.#state.turns.values()) {
      if (of !== tenantId || (state !== 'queued' && state !== 'running')) continue;
      const key = JSON.stringify([agent, state]);
      const { count, oldestAt } = openTurns.get(key) ?? { count: 0, oldestAt: acceptedAt };
      openTurns.set(key, { agent, state, count: count + 1, oldestAt: Math.min(oldestAt, acceptedAt) });
    }
    return {
      sessions: sessions.length,
      deliveriesOpen: states.length - dead - delivered,
      deliveriesDead: dead,
      openTurns: [...openTurns.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counted]) => counted),
    };
  }

  override async open(tenantId: string, page: PageRequest): Promise<Page<OpenTurnRecord> | BadCursor> {
    const behind = openTurnsBehind(page);
    if (behind === 'bad_cursor') return behind;
    const rows: OpenTurnRecord[] = [];
    for (const { turnId, messageId, sessionId, request, agent, state, attempt, acceptedAt, tenantId: of } of this.#state.turns.values()) {
      if (of !== tenantId || turnId <= behind.after || (state !== 'queued' && state !== 'running') || request === null) continue;
      const { kind, id } = request.author;
      rows.push({ turnId, messageId, sessionId, author: { kind, id }, agent, state, attempt, acceptedAt });
    }
    return openTurnPage(rows.sort((one, other) => (one.turnId < other.turnId ? -1 : 1)).slice(0, page.limit + 1), page.limit);
  }

  override async deliveries(): Promise<DeliveryDepth> {
    const states = this.#state.deliveries.records().map(({ state }) => state);
    const count = (counted: readonly string[]) => Math.min(states.filter((state) => counted.includes(state)).length, DEPTH_COUNTED);
    return { waiting: count(['pending', 'delivering']), dead: count(['dead']) };
  }

  override async lastTurn(): Promise<string | null> {
    let last: string | null = null;
    for (const id of this.#state.turns.keys()) if (last === null || id > last) last = id;
    return last;
  }

  override async turns(after: string, last: string, limit: number): Promise<readonly TurnStanding[]> {
    return [...this.#state.turns.values()]
      .filter(({ turnId }) => turnId > after && turnId <= last)
      .sort((one, other) => (one.turnId < other.turnId ? -1 : 1))
      .slice(0, limit)
      .map(({ turnId, tenantId, state }) => ({ turnId, tenantId, state }));
  }
}
