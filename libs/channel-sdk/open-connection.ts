import type { Principal } from '#libs/contracts';
import type { Subscriber } from './subscriber.js';

/** Somebody inside a door: a socket or a response that streams events. */
export interface OpenConnection {
  /** A UUIDv7 made when it came in, so it also tells since when it is there. */
  readonly id: string;
  readonly principal: Principal;
  readonly subscriber: Subscriber;
}
