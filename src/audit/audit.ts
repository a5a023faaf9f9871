import { Injectable } from '@nestjs/common';
import { granted, ok, refused, type Outcome } from '#libs/channel-sdk';
import { DEFAULT_TENANT, FailureError, type AuditEntry, type Principal } from '#libs/contracts';
import { Clock } from '#libs/ports';
import type { AuditAct } from './audit-act.js';
import { AuditWriter } from './audit-writer.js';
import { callAddress } from './call-address.js';
import { redact } from './redact.js';

export type AuditActor = Pick<Principal, 'kind' | 'id' | 'tenantId' | 'name'>;

/** Where everybody tells what was done. The address is that of the HTTP call that is being served. */
@Injectable()
export class Audit {
  readonly #listeners: ((actor: AuditActor | null, act: AuditAct) => void)[] = [];

  constructor(
    private readonly writer: AuditWriter,
    private readonly clock: Clock,
  ) {}

  /** Hears of changes once they are made; must not throw. */
  whenMade(listener: (actor: AuditActor | null, act: AuditAct) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when the entry is on disk. Rejects with `StorageError` otherwise: then what it tells of must not happen. */
  record(actor: AuditActor | null, act: AuditAct, outcome: AuditEntry['outcome'] = 'done', address = callAddress()): Promise<void> {
    return this.writer.write({
      at: new Date(this.clock.now()).toISOString(),
      tenantId: actor?.tenantId ?? DEFAULT_TENANT,
      actor: actor === null ? null : authorOf(actor),
      address,
      action: act.action,
      target: act.target ?? null,
      outcome,
      before: redact(act.before ?? null),
      after: redact(act.after ?? null),
    });
  }

  /** Writes the entry, then makes the change; when the change throws, a second entry says that it failed. */
  async change<Result>(actor: AuditActor | null, act: AuditAct, make: () => Promise<Result>): Promise<Result> {
    await this.record(actor, act);
    try {
      const result = await make();
      for (const listener of this.#listeners) listener(actor, act);
      return result;
    } catch (error) {
      const { action, target } = act;
      await this.record(actor, { action, ...(target === undefined ? {} : { target }) }, 'failed');
      throw error;
    }
  }

  /** As `change`, for what may still be refused when it is to be made: then the second entry is written too, and nobody hears of it. */
  async attempt<Value>(actor: AuditActor | null, act: AuditAct, make: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    try {
      return ok(await this.change(actor, act, () => granted(make())));
    } catch (error) {
      if (error instanceof FailureError) return refused(error.failure);
      throw error;
    }
  }
}

function authorOf({ kind, id, name }: AuditActor): AuditEntry['actor'] {
  return { kind, id, ...(name === undefined ? {} : { name }) };
}
