import type { Socket } from 'socket.io';
import type { Subscriber } from '#libs/channel-sdk';
import type { GatewayEvent, Principal } from '#libs/contracts';
import type { EventFrame } from '#libs/ports';
import { tcpSocketOf } from './tcp-socket.js';
import type { WriteBatch } from './write-batch.js';

/** UTF-16 units that may wait for a reader; beyond it the reader is slow. */
const MAX_BACKLOG = 1024 * 1024;
/** The same while a replay waits for the reader: room for a page of the largest messages. */
const MAX_BACKLOG_IN_REPLAY = 32 * 1024 * 1024;
/** How long a connection that was told to close may take before it is cut. */
const CLOSE_GRACE_MS = 2000;
const WRITE_OPTIONS = { compress: false };

type Transport = Socket['conn']['transport'];

/** What a connection tells the door that holds it. */
export interface ConnectionHolder {
  delivered(): void;
  /** More waits for the reader than may. */
  slow(connection: Connection): void;
}

/**
 * One client. Writes packets of the Socket.IO protocol straight to Engine.IO: the JSON of an event goes out as it is stored.
 * While the transport is free, packets are held until the end of the turn of the event loop and leave as one write;
 * while it is busy they wait in Engine.IO's buffer, up to `MAX_BACKLOG`.
 */
export class Connection implements Subscriber {
  /** Commands that wait for their answer. */
  commands = 0;
  /** Sessions it joined; null until the first. */
  sessions: Set<string> | null = null;
  stopWatching: (() => void) | null = null;
  #held: Transport | null = null;
  #inBatch = false;
  #backlog = 0;
  #replays = 0;
  #closing = false;
  #gone = false;

  constructor(
    readonly id: string,
    readonly principal: Principal,
    private readonly socket: Socket,
    private readonly batch: WriteBatch,
    private readonly holder: ConnectionHolder,
  ) {}

  get gone(): boolean {
    return this.#gone;
  }

  /** Has been told to close; nothing more is done for it. */
  get closing(): boolean {
    return this.#closing || this.#gone;
  }

  /** As whoever lists connections sees it. */
  get subscriber(): Subscriber {
    return this;
  }

  deliver(frame: EventFrame): void {
    if (this.closing) return;
    this.#write(`2["${frame.type}",${frame.json}]`);
    if (frame.type === 'session-deleted') this.sessions?.delete(frame.sessionId);
    this.holder.delivered();
  }

  emit(event: GatewayEvent): void {
    if (this.closing) return;
    this.#write(`2["${event.type}",${JSON.stringify(event)}]`);
    this.holder.delivered();
  }

  ack(ackId: number, answer: object): void {
    if (!this.closing) this.#write(`3${ackId}[${JSON.stringify(answer)}]`);
  }

  async drained(): Promise<void> {
    while (!this.#idle) await this.#nextChange();
  }

  /** Runs a replay, which may write more at once than a live reader would be allowed to leave waiting. */
  async replay(run: () => Promise<void>): Promise<void> {
    this.#replays += 1;
    try {
      await run();
      await this.drained();
    } finally {
      this.#replays -= 1;
    }
  }

  /** Says why and ends it; `come-back` lets the client connect again by itself, `keep-away` does not. Cut after two seconds. */
  close(event: GatewayEvent<'connection-closing'>, then: 'come-back' | 'keep-away'): void {
    if (this.closing) return;
    this.emit(event);
    this.#closing = true;
    setTimeout(() => this.cut(), CLOSE_GRACE_MS).unref();
    if (then === 'keep-away') this.socket.disconnect(true);
    else this.socket.conn.close();
  }

  /** Ends it at once, whatever waits to be written. */
  cut(): void {
    const { conn } = this.socket;
    if (conn.readyState === 'closed') return;
    tcpSocketOf(conn.transport)?.destroy();
    conn.transport.emit('close');
  }

  /** The connection is over. */
  ended(): void {
    this.#gone = true;
    this.stopWatching?.();
    this.stopWatching = null;
  }

  settle(): void {
    this.#inBatch = false;
    const transport = this.#held;
    if (transport === null) {
      if (this.#backlog > (this.#replays > 0 ? MAX_BACKLOG_IN_REPLAY : MAX_BACKLOG)) this.holder.slow(this);
      return;
    }
    this.#held = null;
    const tcp = tcpSocketOf(transport);
    tcp?.cork();
    transport.writable = true;
    transport.emit('ready');
    tcp?.uncork();
  }

  #write(packet: string): void {
    const { conn } = this.socket;
    if (this.#held === null && conn.transport.writable) {
      this.#held = conn.transport;
      this.#held.writable = false;
    }
    if (!this.#inBatch) {
      this.#inBatch = true;
      this.batch.add(this);
    }
    if (this.#held !== null) {
      conn.write(packet, WRITE_OPTIONS);
      return;
    }
    this.#backlog += packet.length;
    conn.write(packet, WRITE_OPTIONS, () => {
      this.#backlog -= packet.length;
    });
  }

  get #idle(): boolean {
    return this.closing || this.socket.conn.readyState === 'closed' || (this.#held === null && this.socket.conn.transport.writable);
  }

  /** Resolves when the transport became free, was replaced by another one, or is gone. */
  #nextChange(): Promise<void> {
    const { conn } = this.socket;
    const { transport } = conn;
    return new Promise((resolve) => {
      const changed = (): void => {
        transport.off('ready', changed);
        conn.off('upgrade', changed);
        conn.off('close', changed);
        resolve();
      };
      transport.on('ready', changed);
      conn.on('upgrade', changed);
      conn.on('close', changed);
    });
  }
}
