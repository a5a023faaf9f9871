/**
 * How much of something scarce (the inbox, the slots of turns) a tenant may hold where there are several: never more than three quarters
 * of what the others leave, so that one that floods leaves a quarter, two leave a sixteenth, and one that holds nothing is refused only
 * when nothing is left. A tenant that holds more than its share, because its turns were there before a restart or were parked, counts as one that holds
 * three quarters: what came to it otherwise takes no room from the others.
 */
export class FairShares {
  readonly #held = new Map<string, number>();
  readonly #most: number;
  #total = 0;
  #counted = 0;

  constructor(private readonly limit: number) {
    this.#most = Math.max(1, Math.floor((limit * 3) / 4));
  }

  /** Everything that is held, by whomever. */
  get total(): number {
    return this.#total;
  }

  /** The tenant holds so many more, or fewer; it is not asked whether there is room. */
  hold(tenantId: string, by: number): void {
    const before = this.#held.get(tenantId) ?? 0;
    const now = before + by;
    if (now === 0) this.#held.delete(tenantId);
    else this.#held.set(tenantId, now);
    this.#total += by;
    this.#counted += Math.min(now, this.#most) - Math.min(before, this.#most);
  }

  /** Whether the tenant may hold one more; one that shares with nobody may hold all of it. */
  hasRoom(tenantId: string, shares: boolean): boolean {
    if (!shares) return this.#total < this.limit;
    const left = this.limit - this.#counted;
    const own = this.#held.get(tenantId) ?? 0;
    return own === 0 ? left > 0 : own + 1 <= 3 * (left - 1);
  }

  /** Whether the tenant would be given again what it gives back now. */
  mayKeep(tenantId: string, shares: boolean): boolean {
    if (!shares) return this.#total <= this.limit;
    const own = this.#held.get(tenantId) ?? 0;
    return own <= 1 || own <= 3 * (this.limit - this.#counted);
  }

  /** Whether the tenant holds less than an equal part for all that hold something, for it and for one that may come. */
  holdsLessThanPart(tenantId: string): boolean {
    const own = this.#held.get(tenantId) ?? 0;
    return (own + 1) * (this.#held.size + (own === 0 ? 2 : 1)) <= this.limit;
  }
}
