import { Injectable } from '@nestjs/common';
import { failure, isId, type ConnectionView, type Page } from '#libs/contracts';
import type { OpenConnection } from '#libs/channel-sdk';
import type { BadCursor, PageRequest } from '#libs/ports';
import { ChannelRegistry } from './channel-registry.js';
import { Hub } from './hub.js';

const CUT = failure('permission_denied', 'An operator closed this connection.');

interface Found extends OpenConnection {
  readonly channel: string;
}

/** Who is connected to this process, over all doors. Nothing is kept for it: the doors know who is inside. */
@Injectable()
export class Connections {
  constructor(
    private readonly registry: ChannelRegistry,
    private readonly hub: Hub,
  ) {}

  /** Newest first, with `sessionId` those that hear of that session; the cursor is the last id that was shown. */
  list(tenantId: string, { limit, cursor }: PageRequest, sessionId?: string): Page<ConnectionView> | BadCursor {
    const before = cursor ?? null;
    if (before !== null && !isId(before)) return 'bad_cursor';
    const fits = ({ id, subscriber }: Found): boolean =>
      (before === null || id < before) && (sessionId === undefined || this.hub.find(subscriber, sessionId) !== undefined);
    const found = [...this.#of(tenantId)].filter(fits).sort((a, b) => (a.id > b.id ? -1 : 1));
    const items = found.slice(0, limit).map((connection) => this.#view(connection));
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  find(id: string, tenantId: string): ConnectionView | null {
    for (const connection of this.#of(tenantId)) if (connection.id === id) return this.#view(connection);
    return null;
  }

  /** How many there are, by channel. */
  counts(tenantId: string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { channel } of this.#of(tenantId)) counts.set(channel, (counts.get(channel) ?? 0) + 1);
    return counts;
  }

  /** Tells it `connection-closing` and ends it; false when the tenant has no such connection. */
  cut(id: string, tenantId: string): boolean {
    const connection = this.find(id, tenantId);
    return connection !== null && this.registry.channels.some((channel) => channel.name === connection.channel && channel.cut(id, CUT));
  }

  *#of(tenantId: string): Iterable<Found> {
    for (const channel of this.registry.channels) {
      for (const { id, principal, subscriber } of channel.connections()) {
        if (principal.tenantId === tenantId && !subscriber.gone) yield { id, principal, subscriber, channel: channel.name };
      }
    }
  }

  #view({ id, channel, principal, subscriber }: Found): ConnectionView {
    const { kind, tenantId } = principal;
    const since = new Date(timeOf(id)).toISOString();
    return { id, channel, principal: { kind, id: principal.id, tenantId }, since, sessions: this.hub.sessionsOf(subscriber) };
  }
}

/** The first 48 bits of a UUIDv7 are milliseconds since the epoch (RFC 9562, section 5.7). */
function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
