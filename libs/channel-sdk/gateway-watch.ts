import type { EventType, Principal, WatchGateway, Watching } from '#libs/contracts';
import type { Outcome } from './outcome.js';

/** What watchers are told: written once, the same for all of a tenant. `json` is the whole event. */
export interface WatchFrame {
  readonly type: Extract<EventType, 'summary-updated' | 'gateway-event'>;
  readonly json: string;
}

/** An operator at a socket who watches the gateway. */
export interface Watcher {
  /** Takes one event and returns at once; a reader that does not read is closed by its door. */
  show(frame: WatchFrame): void;
  readonly gone: boolean;
}

/** A watch that was granted. Answer the client first, then call `follow`: from there on everything new is shown. */
export interface WatchGrant {
  readonly watching: Watching;
  follow(): void;
}

/** The view of the gateway as it runs, for operators at a socket. It costs nothing while nobody watches. */
export abstract class GatewayWatch {
  /** Needs `control:read`. Watching again only changes whether events are shown. */
  abstract watch(principal: Principal, command: WatchGateway, watcher: Watcher): Promise<Outcome<WatchGrant>>;
  /** Forgets a watcher that goes or went away; one that does not watch changes nothing. */
  abstract unwatch(watcher: Watcher): void;
}
