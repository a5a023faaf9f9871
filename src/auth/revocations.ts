import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { Log } from '../observability/log.js';
import { hangsOn } from './credential-id.js';
import { CredentialStatus } from './credential-status.js';

interface Watcher {
  readonly ended: () => void;
}

/** Everybody who is here by one credential. */
interface Watched {
  readonly credentialId: string;
  readonly tenantId: string;
  readonly watchers: Set<Watcher>;
  /** When to look again whether it still holds, in milliseconds since the epoch. */
  lookAt: number;
  /** How often it was looked at. Answers may overtake each other; that of the latest look counts. */
  looks: number;
}

const LOOK_SPACING_MS = 250;
const RETRY_MS = 1000;
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Ends what an ended credential opened, within a second. One record per credential and one timer for all of them:
 * a socket costs no timer of its own.
 */
@Injectable()
export class Revocations {
  private readonly watched = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;

  constructor(
    private readonly status: CredentialStatus,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Calls `ended` once when the principal's credential ends, unless the returned function was called before. */
  watch(principal: Principal, ended: () => void): () => void {
    const { credentialId, tenantId } = principal;
    let entry = this.watched.get(credentialId);
    if (entry === undefined) {
      entry = { credentialId, tenantId, watchers: new Set(), lookAt: Infinity, looks: 0 };
      this.watched.set(credentialId, entry);
      void this.look(entry);
    }
    const { watchers } = entry;
    const watcher = { ended };
    watchers.add(watcher);
    return () => this.unwatch(credentialId, watchers, watcher);
  }

  /** As `watch`, where it is known that the principal may not stay. */
  endSoon(ended: () => void): () => void {
    const soon = setImmediate(() => this.tell({ ended }));
    return () => clearImmediate(soon);
  }

  /** Ends the credential and everything made from it; called once the store says so too. */
  end(credentialId: string): void {
    for (const entry of [...this.watched.values()]) if (hangsOn(entry.credentialId, credentialId)) this.finish(entry);
  }

  /** Looks again when the credential ends, because it was changed. */
  recheck(credentialId: string): void {
    for (const entry of this.watched.values()) if (hangsOn(entry.credentialId, credentialId)) void this.look(entry);
  }

  private unwatch(credentialId: string, watchers: Set<Watcher>, watcher: Watcher): void {
    watchers.delete(watcher);
    if (watchers.size === 0 && this.watched.get(credentialId)?.watchers === watchers) this.watched.delete(credentialId);
  }

  private finish(entry: Watched): void {
    if (this.watched.get(entry.credentialId) === entry) this.watched.delete(entry.credentialId);
    const watchers = [...entry.watchers];
    entry.watchers.clear();
    for (const watcher of watchers) this.tell(watcher);
  }

  private tell({ ended }: Watcher): void {
    try {
      ended();
    } catch (error) {
      this.log.error('A connection could not be ended with its credential', { error });
    }
  }

  private async look(entry: Watched): Promise<void> {
    entry.looks += 1;
    const { looks } = entry;
    try {
      const endsAt = await this.status.endsAt(entry.credentialId, entry.tenantId);
      if (endsAt === null) this.finish(entry);
      else if (looks === entry.looks) this.lookAgain(entry, endsAt);
    } catch (error) {
      this.log.warn('Could not read whether a credential still holds; looking again', { error });
      if (looks === entry.looks) this.lookAgain(entry, this.clock.now() + RETRY_MS);
    }
  }

  private lookAgain(entry: Watched, at: number): void {
    entry.lookAt = at;
    if (at >= this.timerAt) return;
    this.timerAt = at;
    clearTimeout(this.timer);
    const wait = Math.min(Math.max(at - this.clock.now(), LOOK_SPACING_MS), MAX_TIMER_MS);
    this.timer = setTimeout(() => this.lookAtDue(), wait).unref();
  }

  private lookAtDue(): void {
    this.timerAt = Infinity;
    const now = this.clock.now();
    for (const entry of this.watched.values()) {
      if (entry.lookAt > now) this.lookAgain(entry, entry.lookAt);
      else {
        entry.lookAt = Infinity;
        void this.look(entry);
      }
    }
  }
}
