import type { ChannelView, Failure } from '#libs/contracts';
import type { OpenConnection } from './open-connection.js';

export interface ChannelCounters {
  /** Open now. */
  readonly connections: number;
  /** Since the process started. */
  readonly messagesIn: number;
  readonly eventsOut: number;
}

/**
 * A door: takes messages in for the gateway and delivers events. One folder each, registered by name while the gateway runs.
 * A channel parses by schema, asks who is calling, calls `Gateway`, formats; it decides nothing else.
 */
export abstract class Channel {
  /** Unique in the gateway: lower case letters and digits. */
  abstract readonly name: string;
  /** What a receiver may rely on for deliveries of this channel. */
  abstract readonly delivery: ChannelView['delivery'];
  /** Opens the door. Called again after `stop`. */
  abstract start(): void | Promise<void>;
  /**
   * Closes the door: newcomers are refused with `reason`, everybody inside is told it and let go.
   * Resolves when nobody is left; once `deadline` is aborted, what is left is cut.
   */
  abstract stop(reason: Failure, deadline: AbortSignal): Promise<void>;
  /** Tells everybody inside that the gateway goes away (`gateway-draining`), each a different time to come back. */
  abstract announceDrain(): void;
  abstract counters(): ChannelCounters;

  /** Who is inside now; a door without connections that stay has nobody. */
  connections(): Iterable<OpenConnection> {
    return [];
  }

  /** Tells one of them why, and ends it so that its client does not come back by itself. False when it is not inside. */
  cut(_id: string, _reason: Failure): boolean {
    return false;
  }
}
