import { WebSocket } from 'ws';

/**
 * A Socket.IO client of a few lines that speaks the wire format itself (Engine.IO 4, protocol 5), so that the load costs little:
 * it reads the name of an event by its place and parses JSON only where the caller asks.
 */
export class SocketClient {
  /** Resolves with a connected client. `auth` is the handshake payload. */
  static connect(url, auth) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
      const client = new SocketClient(socket);
      socket.on('error', reject);
      socket.on('message', (data) => {
        const text = data.toString();
        if (text.startsWith('0')) socket.send(`40${JSON.stringify(auth ?? {})}`);
        else if (text === '2') socket.send('3');
        else if (text.startsWith('40')) resolve(client);
        else if (text.startsWith('44')) reject(new Error(`refused: ${text}`));
        else if (text.startsWith('43')) client.#answered(text);
        else if (text.startsWith('42')) client.onEvent?.(text);
      });
    });
  }

  /** Called with the raw packet of each event: `42["name",{…}]`. */
  onEvent = null;
  #socket;
  #nextAck = 0;
  #acks = new Map();

  constructor(socket) {
    this.#socket = socket;
  }

  /** Resolves with the raw acknowledgement. */
  call(name, payload) {
    const id = this.#nextAck++;
    return new Promise((resolve) => {
      this.#acks.set(id, resolve);
      this.#socket.send(`42${id}["${name}",${JSON.stringify(payload)}]`);
    });
  }

  close() {
    this.#socket.terminate();
  }

  #answered(text) {
    const end = text.indexOf('[');
    const id = Number(text.slice(2, end));
    const resolve = this.#acks.get(id);
    this.#acks.delete(id);
    resolve?.(text.slice(end));
  }
}
