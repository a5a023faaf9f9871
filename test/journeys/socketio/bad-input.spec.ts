import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { DoorClient } from './door.js';

const DEADLINE_MS = 30_000;

/** A client that writes packets of the protocol by hand. */
class RawClient {
  readonly packets: string[] = [];
  closed = false;
  readonly #watchers = new Set<() => void>();

  private constructor(readonly websocket: WebSocket) {
    websocket.on('message', (data: Buffer) => {
      this.packets.push(data.toString());
      for (const look of this.#watchers) look();
    });
    websocket.on('close', () => {
      this.closed = true;
      for (const look of this.#watchers) look();
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const client = new RawClient(new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`));
    await client.packet((packet) => packet.startsWith('0'));
    client.send(`40${JSON.stringify({ apiKey: ADMIN_KEY })}`);
    await client.packet((packet) => packet.startsWith('42["connected"'));
    return client;
  }

  send(packet: string | Buffer): void {
    this.websocket.send(packet);
  }

  packet(test: (packet: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not heard; heard ${this.packets.join(' ')}`)), DEADLINE_MS);
      const look = (): void => {
        const found = this.packets.find(test);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves with the answer to a command sent now: the connection lives and works. */
  async works(ackId: number): Promise<void> {
    this.send(`42${ackId}["leave-session",{"sessionId":"none"}]`);
    await this.packet((packet) => packet.startsWith(`43${ackId}[`));
  }
}

describe('bad input over Socket.IO', () => {
  let gateway: StartedGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it.each([
    ['an unknown command', 'fly-away', [{}]],
    ['a command that is not built yet', 'resolve-approval', [{ approvalId: 'a', decision: 'approve' }]],
    ['a name of the prototype', '__proto__', [{}]],
    ['no payload', 'send-message', []],
    ['a payload that is no object', 'send-message', ['hello']],
    ['null', 'send-message', [null]],
    ['an array', 'send-message', [[]]],
    ['two payloads', 'send-message', [{ content: 'a' }, { content: 'b' }]],
    ['an unknown field', 'send-message', [{ content: 'a', colour: 'red' }]],
    ['an empty content', 'send-message', [{ content: '' }]],
    ['a wrong type', 'join-session', [{ sessionId: 7 }]],
    ['both ids', 'cancel-turn', [{ turnId: 'a', messageId: 'b' }]],
    ['binary data', 'send-message', [{ content: Buffer.from('abc') }]],
  ])('%s is validation_failed in the ack, and in command-failed without one', async (_what, name, args) => {
    const client = await DoorClient.connect(gateway.url);
    expect(await client.command(name, ...args)).toMatchObject({ ok: false, error: { code: 'validation_failed', status: 400, retryable: false } });
    client.socket.emit(name, ...args);
    expect((await client.event('command-failed')).error.code).toBe('validation_failed');
    expect(await client.command('send-message', { content: '/echo still here' })).toMatchObject({ ok: true });
    expect(client.of('message-accepted').length).toBeLessThanOrEqual(1);
    client.close();
  });

  it.each([
    ['malformed JSON', '427["send-message",{"content":'],
    ['no JSON at all', '427hello'],
    ['an event that is no array', '427{"a":1}'],
    ['an event without a name', '427[]'],
    ['a number for a name', '427[5,{}]'],
    ['a reserved name', '427["disconnect",{}]'],
    ['a key that reaches the prototype', '427["send-message",{"content":"a","__proto__":{"x":1}}]'],
    ['too deep', `427["send-message",${'['.repeat(1000)}${']'.repeat(1000)}]`],
    ['a binary event without its attachments', '451-7["send-message",{"_placeholder":true,"num":0}]'],
    ['far too many attachments', '4599999-7["send-message",{}]'],
  ])('%s is answered in its ack and harms nothing', async (_what, packet) => {
    const client = await RawClient.connect(gateway.url);
    client.send(packet);
    expect(await client.packet((heard) => heard.startsWith('437['))).toContain('"validation_failed"');
    await client.works(8);
    expect(client.closed).toBe(false);
    client.websocket.terminate();
  });

  it.each([
    ['an unknown packet type', '49'],
    ['a reserved name', '42["newListener",{}]'],
    ['a broken ack', '43x'],
    ['a binary frame out of the blue', Buffer.from([1, 2, 3])],
  ])('%s is told as command-failed, once', async (_what, packet) => {
    const client = await RawClient.connect(gateway.url);
    client.send(packet);
    await client.packet((heard) => heard.startsWith('42["command-failed"'));
    await client.works(8);
    expect(client.packets.filter((heard) => heard.startsWith('42["command-failed"'))).toHaveLength(1);
    client.websocket.terminate();
  });

  it('a packet that breaks the framing closes its own connection only', async () => {
    const [broken, whole] = await Promise.all([RawClient.connect(gateway.url), RawClient.connect(gateway.url)]);
    const closed = new Promise((resolve) => broken.websocket.once('close', resolve));
    broken.send('x');
    await closed;
    await whole.works(1);
    whole.websocket.terminate();
  });

  it('more than the transport takes closes the connection; a little less is payload_too_large', async () => {
    const client = await DoorClient.connect(gateway.url);
    expect(await client.command('send-message', { content: 'y'.repeat(120_000) })).toMatchObject({ ok: false, error: { code: 'payload_too_large' } });
    const gone = client.disconnected();
    client.socket.emit('send-message', { content: 'y'.repeat(140_000) });
    expect(await gone).toBe('transport close');
  });

  it('writes an event exactly as Socket.IO does', async () => {
    const client = await RawClient.connect(gateway.url);
    client.send('421["send-message",{"content":"/echo \\"quoted\\" ünï 💬"}]');
    const completed = await client.packet((heard) => heard.startsWith('42["turn-completed"'));
    const [name, event] = JSON.parse(completed.slice(2)) as [string, { content: string }];
    expect(event.content).toBe('"quoted" ünï 💬');
    expect(completed).toBe(`42${JSON.stringify([name, event])}`);
    client.websocket.terminate();
  });
});
