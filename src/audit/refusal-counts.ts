import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, type Principal } from '#libs/contracts';
import { networkOf } from '#libs/policy';
import { Clock } from '#libs/ports';
import { Log } from '../observability/log.js';
import { Audit } from './audit.js';

const MINUTE_MS = 60_000;
/** Far fewer than the entries that may wait to be written: what operators do is told beside a flood. */
const MAX_NETWORKS = 1_000;
const MAX_CALLERS = 5;
/** What is refused beyond the networks that are told apart. */
const OTHERS = 'others';

interface Refusals {
  /** The first of its network. */
  readonly address: string;
  readonly tenantId: string;
  readonly since: number;
  readonly counts: Map<number, number>;
  readonly callers: Set<string>;
}

/** Counts refused calls; an address (of IPv6 one /64) has one entry for a minute of them, written when the minute is over or the log is read. */
@Injectable()
export class RefusalCounts {
  readonly #refusals = new Map<string, Refusals>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly audit: Audit,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Waits for nothing. Statuses other than 401, 403 and 429 are not counted, unless `every` is set. */
  note(address: string, status: number, caller: Pick<Principal, 'kind' | 'id' | 'tenantId'> | null, every = false): void {
    if (!every && status !== 401 && status !== 403 && status !== 429) return;
    const refusals = this.#of(address, caller?.tenantId ?? DEFAULT_TENANT);
    refusals.counts.set(status, (refusals.counts.get(status) ?? 0) + 1);
    if (caller !== null && refusals.callers.size < MAX_CALLERS) refusals.callers.add(`${caller.kind} ${caller.id}`);
    this.#timer ??= setTimeout(() => void this.flush(), MINUTE_MS).unref();
  }

  /** Writes what was counted so far. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const counted = [...this.#refusals.values()];
    this.#refusals.clear();
    const written = await Promise.allSettled(counted.map((refusals) => this.#write(refusals)));
    const lost = written.find((one) => one.status === 'rejected');
    if (lost !== undefined) this.log.error('refusals could not be written to the audit log', { error: lost.reason });
  }

  #of(address: string, tenantId: string): Refusals {
    const full = this.#refusals.size >= MAX_NETWORKS;
    const key = `${tenantId} ${networkOf(address)}`;
    const known = this.#refusals.get(key) ?? (full ? this.#refusals.get(OTHERS) : undefined);
    if (known !== undefined) return known;
    const which = full ? { address: OTHERS, tenantId: DEFAULT_TENANT } : { address, tenantId };
    const fresh = { ...which, since: this.clock.now(), counts: new Map<number, number>(), callers: new Set<string>() };
    this.#refusals.set(full ? OTHERS : key, fresh);
    return fresh;
  }

  #write({ address, tenantId, since, counts, callers }: Refusals): Promise<void> {
    const after = { since: new Date(since).toISOString(), counts: Object.fromEntries(counts), callers: [...callers] };
    const actor = { kind: 'agent', id: 'gateway', tenantId } as const;
    return this.audit.record(actor, { action: 'call.refused', after }, 'refused', address);
  }
}
