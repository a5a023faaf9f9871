import type { Author } from '#libs/contracts';
import { countedAs } from './counted-as.js';

/** Who takes a place up. */
export interface Occupant extends Author {
  readonly tenantId: string;
}

/** How many places there are; null: as many as wanted. */
export interface Room {
  readonly principal: number | null;
  readonly tenant: number | null;
}

/** Places that are taken now, counted for principals and tenants. Ask `full` and call `take` in the same turn of the event loop: then it is exact. */
export class Places {
  readonly #taken = new Map<string, number>();

  /** Who has no room left; null while there is room. */
  full(occupant: Occupant, { principal, tenant }: Room): keyof Room | null {
    if (principal !== null && (this.#taken.get(keyOf(occupant)) ?? 0) >= principal) return 'principal';
    if (tenant !== null && (this.#taken.get(occupant.tenantId) ?? 0) >= tenant) return 'tenant';
    return null;
  }

  take(occupant: Occupant): void {
    this.#add(keyOf(occupant), 1);
    this.#add(occupant.tenantId, 1);
  }

  leave(occupant: Occupant): void {
    this.#add(keyOf(occupant), -1);
    this.#add(occupant.tenantId, -1);
  }

  /** Principals and tenants that hold a place. */
  get size(): number {
    return this.#taken.size;
  }

  #add(key: string, by: 1 | -1): void {
    const count = (this.#taken.get(key) ?? 0) + by;
    if (count > 0) this.#taken.set(key, count);
    else this.#taken.delete(key);
  }
}

/** Ids of tenants hold no line break, so this is no id of one. */
function keyOf(occupant: Occupant): string {
  const { kind, id } = countedAs(occupant);
  return `${occupant.tenantId}\n${kind}\n${id}`;
}
