import { Injectable } from '@nestjs/common';
import { Gateway, granted } from '#libs/channel-sdk';
import { FailureError, type Principal, type Session } from '#libs/contracts';
import { History, Sessions, type Reach } from '#libs/ports';
import { ApiKeys } from '../auth/api-keys.js';
import { within } from './tenant-admission.js';

const PAGE = 100;
const EVENTS_PAGE = 500;

/** What a tenant or one of its users left: read out, and taken away. */
@Injectable()
export class TenantContents {
  constructor(
    private readonly sessions: Sessions,
    private readonly history: History,
    private readonly gateway: Gateway,
    private readonly keys: ApiKeys,
  ) {}

  /** Whether the tenant is there is not asked. A line of JSON for each session within reach, and one for each of its events behind it. */
  async *lines(reach: Reach): AsyncGenerator<string, void> {
    for await (const session of this.#all(reach)) {
      yield `${JSON.stringify({ type: 'session', ...session })}\n`;
      let after = 0;
      for (;;) {
        const events = await this.history.events(session.id, after, EVENTS_PAGE);
        for (const event of events) yield `${event.json}\n`;
        const last = events.at(-1);
        if (last === undefined || events.length < EVENTS_PAGE) break;
        after = last.seq;
      }
    }
  }

  /** Erases each session within reach, as its deletion does; returns how many. */
  async eraseSessions(keeper: Principal, reach: Reach): Promise<number> {
    const asKeeper = within(keeper, reach.tenantId);
    let erased = 0;
    for (;;) {
      const page = await this.sessions.list(reach, { limit: PAGE });
      if (page === 'bad_cursor' || page.items.length === 0) return erased;
      for (const { id } of page.items) if (await this.#erase(asKeeper, id)) erased += 1;
    }
  }

  /** Revokes each key of the tenant, with everything that was made from it. */
  async revokeKeys(keeper: Principal, tenantId: string): Promise<void> {
    const asKeeper = within(keeper, tenantId);
    for (;;) {
      const { items } = await granted(this.keys.list(asKeeper, { limit: PAGE }));
      if (items.length === 0) return;
      for (const { id } of items) await this.keys.revoke(asKeeper, id);
    }
  }

  async *#all(reach: Reach): AsyncGenerator<Session, void> {
    let cursor: string | null = null;
    do {
      const page = await this.sessions.list(reach, { limit: PAGE, cursor });
      if (page === 'bad_cursor') throw new Error('the list of sessions does not know its own cursor');
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** False when somebody else erased it just now. */
  async #erase(keeper: Principal, id: string): Promise<boolean> {
    const outcome = await this.gateway.deleteSession(keeper, id);
    if (outcome.ok) return true;
    if (outcome.failure.code === 'not_found') return false;
    throw new FailureError(outcome.failure);
  }
}
