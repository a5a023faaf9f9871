import { Injectable } from '@nestjs/common';
import { failure, type Principal, type WatchGateway } from '#libs/contracts';
import { GatewayWatch, ok, refused, type Outcome, type Watcher, type WatchGrant } from '#libs/channel-sdk';
import { may, PERMISSIONS } from '#libs/policy';
import { ControlEvents, StorageError } from '#libs/ports';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { Log } from '../../observability/log.js';
import { EventFeed } from '../events/event-feed.js';
import { Summaries } from './summaries.js';
import { WatchedTenant } from './watched-tenant.js';

const TICK_MS = 1000;
/** Operators who may watch at once in this process. */
const MAX_WATCHERS = 1000;
const RETRY_AFTER_MS = 1000;

const DENIED = refused(failure('permission_denied', 'the scope control:read is needed'));
const TOO_MANY = refused(failure('overloaded', `${MAX_WATCHERS} watch already`, { retryAfterMs: 5000 }));

/** Operators who watch: one summary a second for all of a tenant, counted and written once, and only while somebody watches. */
@Injectable()
export class Watching extends GatewayWatch {
  readonly #tenants = new Map<string, WatchedTenant>();
  readonly #places = new Map<Watcher, WatchedTenant>();
  #timer: NodeJS.Timeout | null = null;
  #stopNews: (() => void) | null = null;

  constructor(
    private readonly summaries: Summaries,
    private readonly feed: EventFeed,
    private readonly events: ControlEvents,
    private readonly log: Log,
    lifecycle: Lifecycle,
  ) {
    super();
    lifecycle.register('cleanup', { name: 'operators are shown nothing more', run: () => this.#rest() });
  }

  override async watch(principal: Principal, { events = false }: WatchGateway, watcher: Watcher): Promise<Outcome<WatchGrant>> {
    if (!may(principal, PERMISSIONS.readControlPlane)) return DENIED;
    if (this.#places.size >= MAX_WATCHERS && !this.#places.has(watcher)) return TOO_MANY;
    const { tenantId } = principal;
    try {
      const summary = await this.summaries.of(tenantId);
      if (events) await this.feed.flush();
      const lastEvent = events ? await this.events.last(tenantId) : 0;
      return ok({ watching: { summary }, follow: () => this.#follow(tenantId, watcher, events ? lastEvent : null) });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return refused(failure('storage_unavailable', 'the store cannot be reached', { retryAfterMs: RETRY_AFTER_MS }));
    }
  }

  override unwatch(watcher: Watcher): void {
    const tenant = this.#places.get(watcher);
    if (tenant === undefined) return;
    this.#places.delete(watcher);
    tenant.remove(watcher);
    if (tenant.empty) this.#tenants.delete(tenant.tenantId);
    if (this.#tenants.size === 0) this.#rest();
  }

  #follow(tenantId: string, watcher: Watcher, after: number | null): void {
    if (watcher.gone) return;
    let tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) this.#tenants.set(tenantId, (tenant = new WatchedTenant(tenantId, this.summaries, this.events, this.log)));
    this.#places.set(watcher, tenant);
    tenant.add(watcher, after);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    this.#stopNews ??= this.feed.onNews(() => {
      for (const watched of this.#tenants.values()) watched.news();
    });
  }

  #tick(): void {
    for (const tenant of this.#tenants.values()) tenant.tick();
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#stopNews?.();
    this.#stopNews = null;
  }
}
