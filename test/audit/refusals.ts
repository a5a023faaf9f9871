import { expect, vi } from 'vitest';
import { ERRORS, type ErrorCode } from '#libs/contracts';
import { call } from '../auth/caller.js';

type Counts = Record<string, number>;

interface RefusedCalls {
  readonly address: string;
  readonly after: { readonly counts: Counts };
}

/** Entries are newest first, and a look writes down what was counted since the one before. */
const NEWEST = 50;
const DEADLINE_MS = 20_000;

/** What the audit log of a gateway says of refusals, address by address, since it was looked at last. */
export class Refusals {
  readonly #seen = new Map<number, RefusedCalls>();
  readonly #told = new Map<string, Counts>();

  constructor(private readonly gateway: () => { readonly url: string }) {}

  /** Waits until the log tells of exactly these more, by status, for the address. */
  async expectGrown(address: string, counts: Counts): Promise<void> {
    const told = this.#told.get(address) ?? {};
    const look = async () => {
      const all = await this.#allOf(address);
      expect(difference(all, told)).toEqual(counts);
      return all;
    };
    this.#told.set(address, await vi.waitFor(look, { timeout: DEADLINE_MS, interval: 200 }));
  }

  /** Waits until the log tells of exactly one more refusal of the address, with the status of this code. */
  expectOne(address: string, code: ErrorCode): Promise<void> {
    return this.expectGrown(address, { [ERRORS[code].status]: 1 });
  }

  async #allOf(address: string): Promise<Counts> {
    const { status, body } = await call(this.gateway(), 'GET', `/api/v1/audit?action=call.refused&limit=${NEWEST}`);
    expect(status).toBe(200);
    const entries: readonly (RefusedCalls & { readonly seq: number })[] = JSON.parse(JSON.stringify(body.items));
    for (const entry of entries) this.#seen.set(entry.seq, entry);
    const sums: Counts = {};
    for (const { address: from, after } of this.#seen.values()) {
      if (from !== address) continue;
      for (const [code, count] of Object.entries(after.counts)) sums[code] = (sums[code] ?? 0) + count;
    }
    return sums;
  }
}

function difference(all: Counts, told: Counts): Counts {
  return Object.fromEntries(Object.entries(all).flatMap(([code, count]) => (count === (told[code] ?? 0) ? [] : [[code, count - (told[code] ?? 0)]])));
}
