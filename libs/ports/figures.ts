import type { TurnState } from '#libs/contracts';

export interface TurnCount {
  readonly tenantId: string;
  readonly state: TurnState;
  readonly count: number;
}

export interface OpenTurnCount {
  readonly agent: string;
  readonly state: 'queued' | 'running';
  readonly count: number;
}

export interface TenantFigures {
  readonly sessions: number;
  /** Deliveries that are pending or under way. */
  readonly deliveriesOpen: number;
  readonly deliveriesDead: number;
  /** Turns without an end. */
  readonly openTurns: readonly OpenTurnCount[];
}

/** How much of everything the store holds. */
export abstract class Figures {
  abstract of(tenantId: string): Promise<TenantFigures>;
  /** Turns of all tenants by state whose id is not below `turnId`; ids are in the order of acceptance, to the millisecond. */
  abstract turnsFrom(turnId: string): Promise<readonly TurnCount[]>;
}
