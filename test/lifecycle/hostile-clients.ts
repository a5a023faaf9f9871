import { on, once } from 'node:events';
import { connect, type Socket } from 'node:net';

interface Joining {
  readonly reads: boolean;
  readonly after?: number;
}

/** Clients of plain TCP that do less than they should. */
export class HostileClients {
  readonly #sockets: Socket[] = [];

  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  /** Opens the events of a session; one that does not read takes the beginning of the answer and no more. */
  async eventStream(sessionId: string, { reads, after }: Joining): Promise<void> {
    const socket = await this.#say(`GET /api/v1/sessions/${sessionId}/events${after === undefined ? '' : `?after=${after}`} HTTP/1.1\r\nX-API-Key: ${this.apiKey}\r\n`);
    await heard(socket, 'HTTP/1.1 200 ');
    goOn(socket, reads);
  }

  /** A connection of `/ws` that joined the session. */
  async webSocket(sessionId: string, { reads, after }: Joining): Promise<void> {
    const socket = await this.#say(`GET /ws HTTP/1.1\r\nX-API-Key: ${this.apiKey}\r\n${UPGRADE}`);
    await heard(socket, '"connected"');
    socket.write(textFrame(JSON.stringify({ type: 'join-session', ref: 'j', sessionId, after })));
    await heard(socket, '"ref":"j","ok":true');
    goOn(socket, reads);
  }

  /** A Socket.IO connection, websocket only, that joined the session. */
  async socketIo(sessionId: string, { reads, after }: Joining): Promise<void> {
    const socket = await this.#say(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${UPGRADE}`);
    await heard(socket, '"sid"');
    socket.write(textFrame(`40${JSON.stringify({ apiKey: this.apiKey })}`));
    await heard(socket, '"connected"');
    socket.write(textFrame(`420${JSON.stringify(['join-session', { sessionId, after }])}`));
    await heard(socket, '430[');
    goOn(socket, reads);
  }

  /** A Socket.IO connection that never joins the namespace. */
  async bareEngine(): Promise<void> {
    await heard(await this.#say(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${UPGRADE}`), '"sid"');
  }

  /** A message whose body stops in the middle; `answer` resolves with all that came back when the connection is closed. */
  async halfMessage(): Promise<{ readonly answer: Promise<string> }> {
    const socket = await this.#say(`POST /api/v1/messages HTTP/1.1\r\nX-API-Key: ${this.apiKey}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n`);
    socket.write('{"content":"half of');
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    return { answer: once(socket, 'close').then(() => answer) };
  }

  /** From now on none of them reads. */
  stopReading(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #say(head: string): Promise<Socket> {
    const { hostname, port, host } = new URL(this.url);
    const socket = connect({ host: hostname, port: Number(port) });
    this.#sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(`${head}Host: ${host}\r\n\r\n`);
    return socket;
  }
}

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const PATIENCE_MS = 20_000;

/** Reads until the text came by, then reads no more. */
async function heard(socket: Socket, text: string): Promise<void> {
  let all = '';
  setImmediate(() => socket.resume());
  for await (const [chunk] of on(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS), close: ['close'] })) {
    all += String(chunk);
    if (!all.includes(text)) continue;
    socket.pause();
    return;
  }
  throw new Error(`closed before it said ${text}: ${all}`);
}

function goOn(socket: Socket, reads: boolean): void {
  if (reads) socket.resume();
}

/** A masked text frame of up to 64 KiB (RFC 6455, section 5.2), with a mask of zeros. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload]);
}
