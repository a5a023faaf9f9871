import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

const DEADLINE_MS = 60_000;
const INTERNAL = /"code":"(internal|execution_failed)"/;

/** How to open a connection, and a sound frame whose answer shows that everything before it was dealt with. */
export interface FrameDoor {
  open(): Promise<WebSocket>;
  probe(count: number): { readonly frame: string; answered(text: string): boolean };
}

/** Sends frames over a connection that is opened anew whenever the gateway has closed it. */
export class FrameSender {
  #socket: WebSocket | null = null;
  #probes = 0;

  constructor(private readonly door: FrameDoor) {}

  /** Sends all, then a probe; answers what is wrong, or null. A closed connection is a fair answer, silence is not. */
  async complaintAbout(frames: readonly (string | Uint8Array)[]): Promise<string | null> {
    const socket = await this.#connected();
    let complaint: string | null = null;
    this.#probes += 1;
    const probe = this.door.probe(this.#probes);
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    const hear = (data: Buffer) => {
      const text = data.toString();
      if (INTERNAL.test(text)) complaint = text;
      if (probe.answered(text)) resolve();
    };
    socket.on('message', hear);
    const closed = () => resolve();
    socket.once('close', closed);
    for (const frame of frames) if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    if (socket.readyState === WebSocket.OPEN) socket.send(probe.frame);
    const deadline = new AbortController();
    const silent = delay(DEADLINE_MS, 'silent' as const, { signal: deadline.signal });
    const outcome = await Promise.race([answered, silent]);
    deadline.abort();
    silent.catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    });
    socket.off('message', hear);
    socket.off('close', closed);
    return outcome === 'silent' ? 'the connection fell silent' : complaint;
  }

  async #connected(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
    this.#socket?.terminate();
    this.#socket = await this.door.open();
    return this.#socket;
  }

  close(): void {
    this.#socket?.terminate();
  }
}

/** Opens the plain WebSocket. */
export function plainDoor(url: string, key: string): FrameDoor {
  return {
    open: async () => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${key}` } });
      socket.on('error', () => socket.terminate());
      await once(socket, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
      return socket;
    },
    probe: (count) => ({
      frame: JSON.stringify({ type: 'leave-session', ref: `probe-${count}`, sessionId: 'none' }),
      answered: (text) => text.includes(`"ref":"probe-${count}"`),
    }),
  };
}

/** Opens Socket.IO by its bare packets, so that any packet can be sent. */
export function socketIoDoor(url: string, key: string): FrameDoor {
  return {
    open: async () => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      socket.on('error', () => socket.terminate());
      const { promise: welcome, resolve } = Promise.withResolvers<void>();
      socket.on('message', (data: Buffer) => {
        const text = data.toString();
        if (text.startsWith('0')) socket.send(`40${JSON.stringify({ apiKey: key })}`);
        else if (text === '2') socket.send('3');
        else if (text.startsWith('40')) resolve();
      });
      await once(socket, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
      await welcome;
      return socket;
    },
    probe: (count) => ({
      frame: `42${1_000_000 + count}["leave-session",{"sessionId":"none"}]`,
      answered: (text) => text.startsWith(`43${1_000_000 + count}[`),
    }),
  };
}
