import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy before the gateway whose connections a test can cut, and whose target it can change. */
export class CutProxy {
  readonly #open = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));

  private constructor(public target: string) {}

  static async before(target: string): Promise<CutProxy> {
    const proxy = new CutProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const { hostname, port } = new URL(this.target);
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      this.#open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
