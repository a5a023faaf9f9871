import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a TCP server that can be cut, fall silent and come back: the network between a store and its database. */
export interface Relay {
  readonly port: number;
  /** Breaks all connections, and each new one at once; the port stays its own, so that nobody else comes to listen there. */
  cut(): void;
  /** Takes connections again. */
  mend(): void;
  /** From now on nothing passes, and nobody is told. */
  silence(): void;
  /** What was held back passes, and so does everything after it. */
  speak(): void;
  /** Breaks all connections and gives the port back. */
  close(): Promise<void>;
}

export async function relayTo(host: string, port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let silent = false;
  let broken = false;
  const server = createServer((near) => {
    near.on('error', () => near.destroy());
    if (broken) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, host);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (silent) from.pause();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    broken = true;
    for (const socket of sockets) socket.destroy();
  };
  const setSilent = (value: boolean) => {
    silent = value;
    for (const socket of sockets) {
      if (value) socket.pause();
      else socket.resume();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => {
      broken = false;
    },
    silence: () => setSilent(true),
    speak: () => setSilent(false),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
