import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { GatewayEvent } from '#libs/contracts';
import { ADMIN_KEY } from '../../support/start-gateway.js';

const DEADLINE_MS = 30_000;

/** An ordinary Socket.IO client that keeps everything it hears, for tests of the door. */
export class DoorClient {
  /** Events and acks in the order in which they arrived; an ack is `ack:<command>`. */
  readonly order: string[] = [];
  readonly events: GatewayEvent[] = [];
  readonly #watchers = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    socket.onAny((_name: string, event: GatewayEvent) => {
      this.order.push(event.type);
      this.events.push(event);
      for (const look of this.#watchers) look();
    });
  }

  static make(url: string, options: Partial<ManagerOptions & SocketOptions> = {}): DoorClient {
    return new DoorClient(io(url, { auth: { apiKey: ADMIN_KEY }, transports: ['websocket'], forceNew: true, reconnection: false, ...options }));
  }

  static async connect(url: string, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<DoorClient> {
    const client = DoorClient.make(url, options);
    await client.event('connected');
    return client;
  }

  async command<Answer = Record<string, unknown>>(name: string, ...args: unknown[]): Promise<Answer> {
    const answer: unknown = await this.socket.timeout(DEADLINE_MS).emitWithAck(name, ...args);
    this.order.push(`ack:${name}`);
    return answer as Answer;
  }

  /** The first event of the type (that passes `test`), heard before or yet to come. */
  event<Type extends GatewayEvent['type']>(type: Type, test: (event: GatewayEvent<Type>) => boolean = () => true): Promise<GatewayEvent<Type>> {
    return this.until(() => this.of(type).find(test), type);
  }

  of<Type extends GatewayEvent['type']>(type: Type): GatewayEvent<Type>[] {
    return this.events.filter((event): event is GatewayEvent<Type> => event.type === type);
  }

  until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#watchers.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`no ${what} within ${DEADLINE_MS} ms; heard ${this.order.join(', ')}`));
      }, DEADLINE_MS);
      this.#watchers.add(look);
      look();
    });
  }

  /** The problem with which the handshake is refused. */
  refusal(): Promise<Error & { data?: { code: string; status: number } }> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect_error', resolve);
      this.socket.once('connect', () => reject(new Error('it was let in')));
    });
  }

  disconnected(): Promise<string> {
    return new Promise((resolve) => this.socket.once('disconnect', resolve));
  }

  close(): void {
    this.socket.disconnect();
  }
}
