import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How the line treats what passes. `half-open`: nothing passes and nobody is told. `trickle`: one byte a second. */
export type LineState = 'clear' | 'delayed' | 'half-open' | 'trickle';

const HOLD_MS = 20_000;
const DELAY_MS = 150;
const TRICKLE_EVERY_MS = 1000;
const ASK_EVERY_MS = 25;

interface Way {
  readonly from: Socket;
  readonly to: Socket;
}

/** The network between clients and the gateway, on one port for as long as the trial lasts, whoever listens behind it. */
export class Line {
  state: LineState = 'clear';
  /** Milliseconds that a new connection waits for somebody to listen, so that clients are back as soon as the gateway is. */
  holdMs = HOLD_MS;
  /** Whether a new connection may pass to this port now. */
  mayPass: (port: number) => Promise<boolean> = () => Promise.resolve(true);
  /** For how many milliseconds such a word counts, from when it was asked for: who is slow to connect asks again. */
  mayPassForMs = Infinity;
  #target: number | null = null;
  readonly #ways = new Set<Way>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (near) => void this.#connect(near));
  }

  static async open(): Promise<Line> {
    const line = new Line();
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where new connections go; null: nobody listens. */
  leadTo(port: number | null): void {
    this.#target = port;
  }

  /** Ends all connections: by a reset, or as a router does that forgets them. */
  cut(how: 'reset' | 'drop'): void {
    for (const { from } of this.#ways) {
      if (how === 'reset') from.resetAndDestroy();
      else from.destroy();
    }
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut('drop');
    await once(this.#server, 'close');
  }

  async #connect(near: Socket): Promise<void> {
    near.on('error', () => near.destroy());
    const far = await this.#reach(near);
    if (far === null) {
      near.resetAndDestroy();
      return;
    }
    for (const way of [{ from: near, to: far }, { from: far, to: near }]) this.#lay(way);
  }

  /** A connection to whoever listens, as soon as somebody takes it; as balancers do, it goes to the next when one hangs up before a byte was sent. */
  async #reach(near: Socket): Promise<Socket | null> {
    const until = performance.now() + this.holdMs;
    for (;;) {
      const port = this.#target;
      const askedAt = performance.now();
      const far = port !== null && (await this.mayPass(port)) ? await connected(port) : null;
      if (far !== null && !near.destroyed && performance.now() - askedAt <= this.mayPassForMs) {
        far.on('error', () => near.destroy());
        return far;
      }
      far?.destroy();
      if (near.destroyed || performance.now() >= until) return null;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }

  #lay(way: Way): void {
    const { from, to } = way;
    this.#ways.add(way);
    let passing = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      from.pause();
      passing = passing.then(() => this.#pass(chunk, way)).finally(() => from.resume());
    });
    from.on('end', () => void passing.finally(() => to.end()));
    from.on('close', () => {
      this.#ways.delete(way);
      void passing.finally(() => to.destroy());
    });
  }

  async #pass(chunk: Buffer, { from, to }: Way): Promise<void> {
    if (this.state === 'delayed') await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    let left = chunk;
    while (left.length > 0) {
      if (from.destroyed || to.destroyed) return;
      if (this.state === 'half-open' || this.state === 'trickle') {
        await new Promise((resolve) => setTimeout(resolve, this.state === 'trickle' ? TRICKLE_EVERY_MS : ASK_EVERY_MS));
        if (this.state !== 'trickle') continue;
        to.write(left.subarray(0, 1));
        left = left.subarray(1);
      } else {
        const rest = left;
        left = Buffer.alloc(0);
        if (!to.write(rest)) await takesMore(to);
      }
    }
  }
}

function connected(port: number): Promise<Socket | null> {
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  return new Promise((resolve) => {
    far.once('connect', () => resolve(far));
    far.once('error', () => resolve(null));
  });
}

/** Resolves when the socket takes more or is gone; one that is cut while it is waited for is no error here. */
function takesMore(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      socket.off('drain', over);
      socket.off('close', over);
      resolve();
    };
    socket.on('drain', over);
    socket.on('close', over);
  });
}
