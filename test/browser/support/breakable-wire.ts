import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A wire between browser and gateway that can be cut: open connections break, new ones are refused until it is mended. */
export class BreakableWire {
  private readonly sockets = new Set<Socket>();
  private broken = false;
  private target = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async lay(): Promise<BreakableWire> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const wire = new BreakableWire(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => wire.carry(socket));
    return wire;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  leadTo(port: number): void {
    this.target = port;
  }

  cut(): void {
    this.broken = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.broken = false;
  }

  async remove(): Promise<void> {
    this.cut();
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }

  private carry(socket: Socket): void {
    if (this.broken) {
      socket.destroy();
      return;
    }
    const onward = connect(this.target, '127.0.0.1');
    for (const [one, other] of [[socket, onward], [onward, socket]] as const) {
      this.sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
