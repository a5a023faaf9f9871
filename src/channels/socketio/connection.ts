import type { Socket } from 'socket.io';
import { ReadingPace, type PacedConnection, type Subscriber, type UnsentBudget, type Watcher, type WatchFrame } from '#libs/channel-sdk';
import type { GatewayEvent, Principal } from '#libs/contracts';
import type { EventFrame } from '#libs/ports';
import { takesFrames } from './frames.js';
import { inBuffers, packetOf, type Packet } from './shared-packet.js';
import { tcpSocketOf } from './tcp-socket.js';
import type { WriteBatch } from './write-batch.js';

/** What Engine.IO and we keep for a packet that waits, besides its text, in bytes. */
const PACKET_OVERHEAD = 256;
/** How long a connection that was told to close may take before it is cut. */
const CLOSE_GRACE_MS = 2000;
const WRITE_OPTIONS = { compress: false } as const;

type Transport = Socket['conn']['transport'];

/** What a connection tells the door that holds it. */
export interface ConnectionHolder {
  readonly unsent: UnsentBudget;
  delivered(): void;
  /** More waits for the reader than may. */
  slow(connection: Connection): void;
}

/**
 * One client. Writes packets of the Socket.IO protocol straight to Engine.IO: the JSON of an event goes out as it is stored.
 * While the transport is free, packets are held until the end of the turn of the event loop and leave as one write;
 * while it is busy they wait in Engine.IO's buffer.
 */
export class Connection implements Subscriber, Watcher, PacedConnection {
  /** Commands that wait for their answer. */
  commands = 0;
  stopWatching: (() => void) | null = null;
  /** Gives its place among its principal's connections back. */
  leavePlace: (() => void) | null = null;
  /** Where it came from. */
  address = '';
  readonly #pace: ReadingPace;
  #held: Transport | null = null;
  /** What leaves when the transport is let go. */
  #packets: Packet[] = [];
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
  ) {
    this.#pace = new ReadingPace(holder.unsent, this);
  }

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
    this.#write(packetOf(frame));
    this.holder.delivered();
  }

  show({ type, json }: WatchFrame): void {
    if (this.closing) return;
    this.#write(`2["${type}",${json}]`);
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
    if (this.#held !== null) this.#letGo(this.#held);
    const tcp = tcpSocketOf(this.socket.conn.transport);
    setTimeout(() => {
      this.cut();
      // Engine.IO takes a connection for closed as soon as it has said so; a client that does not read never hears it.
      tcp?.destroy();
    }, CLOSE_GRACE_MS).unref();
    if (then === 'keep-away') this.socket.disconnect(true);
    else this.socket.conn.close();
  }

  unsent(): number {
    return this.#backlog + (tcpSocketOf(this.socket.conn.transport)?.writableLength ?? 0);
  }

  slow(): void {
    this.holder.slow(this);
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
    this.leavePlace?.();
    this.leavePlace = null;
    this.#pace.caughtUp();
  }

  settle(): void {
    this.#inBatch = false;
    if (this.#held !== null) this.#letGo(this.#held);
    else if (!this.closing) this.#pace.look(this.#replays > 0, performance.now());
  }

  /**
   * Under a websocket what is held goes straight to its TCP socket, in as few buffers as can be: to hand it on costs Engine.IO more than the
   * write does. The transport stays taken until the socket has it all, as after a packet of Engine.IO.
   */
  #letGo(transport: Transport): void {
    this.#held = null;
    this.#pace.caughtUp();
    const packets = this.#packets;
    this.#packets = [];
    const free = (error?: Error | null): void => {
      if (error) return;
      transport.writable = true;
      transport.emit('ready');
    };
    const tcp = takesFrames(transport) ? tcpSocketOf(transport) : null;
    if (tcp === null) {
      for (const packet of packets) this.socket.conn.write(...asWritten(packet));
      return free();
    }
    const buffers = inBuffers(packets);
    for (const [index, { wsPreEncodedFrame }] of buffers.entries()) tcp.write(wsPreEncodedFrame[0], index + 1 === buffers.length ? free : undefined);
  }

  #write(packet: Packet): void {
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
      this.#packets.push(packet);
      return;
    }
    const [text, options] = asWritten(packet);
    const waits = text.length + PACKET_OVERHEAD;
    this.#backlog += waits;
    conn.write(text, options, () => {
      this.#backlog -= waits;
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

function asWritten(packet: Packet): [text: string, options: { compress: false }] {
  return typeof packet === 'string' ? [packet, WRITE_OPTIONS] : [packet.text, packet.options];
}
