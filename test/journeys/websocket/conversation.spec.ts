import { connect, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { ChannelRegistry } from '../../../src/gateway/channel-registry.js';
import { awakeTime } from '../../support/awake-time.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call, makeKey } from '../http/caller.js';
import { ScriptedAgent } from '../http/scripted-agent.js';
import { refusedUpgrade, WsClient, type Received, type WsOptions } from './ws-client.js';

const agent = new ScriptedAgent();
let gateway: StartedGateway;
let client: WsClient;
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [agent] });
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  client = await join();
  return () => client.socket.terminate();
});

async function join(options: WsOptions = {}): Promise<WsClient> {
  const opened = await WsClient.open(gateway, options);
  expect((await opened.next())['type']).toBe('connected');
  return opened;
}

/** Together more than the system buffers on both ends of a connection take, each round twice: as it is written and when it is done. */
const UNREAD_ROUNDS = 150;
const UNREAD_LETTERS = 60_000;

const types = (received: readonly Received[]) => received.map(({ type }) => type);
const withoutDeltas = (received: readonly Received[]) => types(received).filter((type) => type !== 'text-delta');
const message = (more: object = {}) => ({ type: 'send-message', ref: 'r1', agent: 'scripted', content: 'hello', ...more });

describe('commands', () => {
  test('send-message is answered first, then come its events', async () => {
    client.send(message());
    const all = await client.until('turn-completed');
    expect(withoutDeltas(all)).toEqual(['ack', 'message-accepted', 'turn-started', 'turn-completed']);
    expect(all[0]).toMatchObject({ type: 'ack', ref: 'r1', ok: true, seq: 1, duplicate: false, sessionId: expect.any(String) });
    expect(all[1]).toMatchObject({ seq: 1, channel: 'websocket', content: 'hello', messageId: all[0]?.['messageId'] });
    expect(all.at(-1)).toMatchObject({ content: 'hello', seq: 3 });
  });

  test('an answer without ref comes without ref', async () => {
    client.send(message({ ref: undefined }));
    const ack = await client.next();
    expect(ack).toMatchObject({ type: 'ack', ok: true });
    expect(ack).not.toHaveProperty('ref');
  });

  test('cancel-turn is answered when the end is stored, of an ended turn too', async () => {
    client.send(message({ content: 'hold' }));
    const ack = (await client.until('text-delta'))[0];
    client.send({ type: 'cancel-turn', ref: 'c', turnId: ack?.['turnId'] });
    const rest = [await client.next(), await client.next()];
    expect(rest).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: 'ack', ref: 'c', ok: true, state: 'cancelled' }), expect.objectContaining({ type: 'turn-cancelled' })]),
    );
    client.send({ type: 'cancel-turn', ref: 'd', messageId: ack?.['messageId'] });
    expect(await client.next()).toEqual({ type: 'ack', ref: 'd', ok: true, state: 'cancelled' });
  });

  test('join-session is answered, replays in order, and goes on live; leave-session ends it', async () => {
    client.send(message());
    const sessionId = (await client.until('turn-completed'))[0]?.['sessionId'];
    const other = await join();
    other.send({ type: 'join-session', ref: 'j', sessionId, after: 1 });
    expect(await other.next()).toEqual({ type: 'ack', ref: 'j', ok: true, lastSeq: 3 });
    expect(types(await other.until('turn-completed'))).toEqual(['turn-started', 'turn-completed']);
    client.send(message({ sessionId, content: 'again' }));
    expect((await other.until('turn-completed')).at(-1)).toMatchObject({ content: 'again', seq: 6 });
    other.send({ type: 'leave-session', ref: 'l', sessionId });
    expect(await other.next()).toEqual({ type: 'ack', ref: 'l', ok: true });
    client.send(message({ sessionId, content: 'unheard' }));
    await client.until('turn-completed');
    await client.until('turn-completed');
    other.send({ type: 'leave-session', ref: 'again', sessionId });
    expect(await other.next()).toMatchObject({ type: 'ack', ref: 'again' });
    other.socket.terminate();
  });

  test('what belongs to somebody else is not_found', async () => {
    client.send(message());
    const [ack] = await client.until('turn-completed');
    const { key } = await makeKey(gateway);
    const stranger = await join({ key });
    for (const command of [
      { type: 'join-session', sessionId: ack?.['sessionId'] },
      { type: 'leave-session', sessionId: ack?.['sessionId'] },
      { type: 'cancel-turn', turnId: ack?.['turnId'] },
      { type: 'send-message', sessionId: ack?.['sessionId'], content: 'x' },
    ]) {
      stranger.send({ ...command, ref: 'x' });
      expect(await stranger.next()).toMatchObject({ type: 'ack', ref: 'x', ok: false, error: { code: 'not_found', status: 404 } });
    }
    stranger.socket.terminate();
  });

  test('many commands at once are all answered, each under its ref', async () => {
    for (let count = 0; count < 300; count += 1) client.send({ type: 'leave-session', ref: `r${count}`, sessionId: 'any' });
    for (let count = 0; count < 300; count += 1) expect(await client.next()).toMatchObject({ type: 'ack', ref: `r${count}`, ok: false, error: { code: 'not_found' } });
  });
});

describe('bare text', () => {
  test('is a message in the own session of the connection, made by the first and then kept', async () => {
    client.send('one');
    client.send('two');
    const first = await client.until('turn-completed');
    const second = await client.until('turn-completed');
    const all = [...first, ...second];
    expect(all[0]).toMatchObject({ type: 'ack', ok: true });
    const sessions = new Set(all.map(({ sessionId }) => sessionId));
    expect(sessions.size).toBe(1);
    const accepted = all.filter(({ type }) => type === 'message-accepted');
    expect(accepted.map(({ content }) => content)).toEqual(['one', 'two']);
    const other = await join();
    other.send('three');
    expect(sessions.has((await other.next())['sessionId'])).toBe(false);
    other.socket.terminate();
  });

  test('text of one session that was deleted goes into a new one', async () => {
    client.send('one');
    const [first] = await client.until('turn-completed');
    await call(gateway, 'DELETE', `/api/v1/sessions/${String(first?.['sessionId'])}`);
    client.send('two');
    expect((await client.until('command-failed')).at(-1)).toMatchObject({ command: 'send-message', error: { code: 'not_found' } });
    client.send('three');
    expect((await client.next())['sessionId']).not.toBe(first?.['sessionId']);
  });

  test('that is empty is validation_failed', async () => {
    client.send('');
    expect(await client.next()).toMatchObject({ type: 'command-failed', command: 'send-message', error: { code: 'validation_failed' } });
  });
});

describe('what is wrong gets its problem and harms nothing else', () => {
  test.each([
    ['malformed JSON', '{"type":'],
    ['no type', '{}'],
    ['a type that is not a string', '{"type":7}'],
    ['an unknown command', '{"type":"fly"}'],
    ['a name of the prototype', '{"type":"constructor"}'],
    ['a command that is not built', '{"type":"resolve-approval","approvalId":"x","decision":"approve"}'],
    ['an event of ours', '{"type":"turn-completed"}'],
    ['__proto__', '{"type":"send-message","content":"x","__proto__":{}}'],
    ['nesting of 1,000 levels', `{"type":"send-message","content":${'['.repeat(1000)}${']'.repeat(1000)}}`],
    ['a missing field', '{"type":"send-message"}'],
    ['an unknown field', '{"type":"send-message","content":"x","colour":"red"}'],
    ['a ref that is an object', '{"type":"send-message","content":"x","ref":{}}'],
  ])('%s is validation_failed', async (_name, frame) => {
    client.send(frame);
    expect(await client.next()).toMatchObject({ type: 'command-failed', command: expect.any(String), error: { code: 'validation_failed', status: 400 } });
    client.send(message());
    expect(await client.next()).toMatchObject({ type: 'ack', ok: true });
  });

  test('with a ref it is the answer to that ref, and names the wrong fields', async () => {
    client.send({ type: 'send-message', ref: 5, content: 'x', colour: 'red' });
    expect(await client.next()).toMatchObject({ type: 'ack', ref: 5, ok: false, error: { code: 'validation_failed', errors: [{ path: 'colour' }] } });
  });

  test('a binary frame is unsupported_media_type', async () => {
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.next()).toMatchObject({ type: 'command-failed', error: { code: 'unsupported_media_type', status: 415 } });
  });

  test('content over MAX_MESSAGE_BYTES is payload_too_large, a frame over the transport limit closes', async () => {
    client.send(message({ content: 'x'.repeat(70_000) }));
    expect(await client.next()).toMatchObject({ ok: false, error: { code: 'payload_too_large' } });
    client.send('x'.repeat(140_000));
    expect(await client.close()).toEqual({ code: 4503, reason: 'payload_too_large' });
    expect(client.unread).toMatchObject([{ type: 'connection-closing', error: { code: 'payload_too_large' } }]);
  });

  test.each([
    ['an unmasked frame', [0x81, 0x02, 0x41, 0x42]],
    ['a reserved opcode', [0x83, 0x80, 0, 0, 0, 0]],
    ['text that is not UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]],
  ])('%s closes with 4503 and says why', async (_what, bytes) => {
    rawSocketOf(client.socket).write(Buffer.from(bytes));
    expect(await client.close()).toEqual({ code: 4503, reason: 'validation_failed' });
    expect(client.unread).toMatchObject([{ type: 'connection-closing', error: { code: 'validation_failed', retryable: false } }]);
  });

  test('a close of the client is answered with its own code', async () => {
    client.socket.close(1002, 'leaving');
    expect((await client.close()).code).toBe(1002);
  });

  test('half a frame, or a frame that breaks the protocol, ends only its own connection', async () => {
    const { hostname, port } = new URL(gateway.url);
    const upgrade = `GET /ws HTTP/1.1\r\nHost: x\r\nX-API-Key: ${ADMIN_KEY}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    for (const bytes of [Buffer.from([0x81, 0xfe, 0x10]), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([0x81, 0x02, 0x41, 0x42])]) {
      const broken = connect({ host: hostname, port: Number(port) });
      broken.on('error', () => undefined);
      await new Promise<void>((resolve) => {
        broken.write(upgrade);
        broken.once('data', () => resolve());
      });
      await new Promise<void>((resolve) => broken.write(bytes, () => resolve()));
      broken.destroy();
    }
    client.send(message());
    expect(withoutDeltas(await client.until('turn-completed'))).toContain('turn-completed');
  });

  test('a dropped connection cancels nothing', async () => {
    client.send(message({ content: 'hold', id: 'dropped' }));
    const ack = (await client.until('text-delta'))[0];
    client.socket.terminate();
    agent.release();
    const again = await join();
    again.send({ type: 'join-session', ref: 'j', sessionId: ack?.['sessionId'], after: 0 });
    expect((await again.until('turn-completed')).at(-1)).toMatchObject({ content: 'waited' });
    again.socket.terminate();
  });
});

describe('closing', () => {
  test('a revoked key closes with 4502 within a second, and says why before', async () => {
    const { id, key } = await makeKey(gateway);
    const mine = await join({ key });
    const sinceRevoked = awakeTime();
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
    expect((await mine.close()).code).toBe(4502);
    expect(sinceRevoked()).toBeLessThan(1000);
    expect(mine.unread).toMatchObject([{ type: 'connection-closing', error: { code: 'unauthenticated' } }]);
  });

  test('a stopped channel closes with 4006 and refuses newcomers until it is started', async () => {
    const registry = gateway.app.get(ChannelRegistry);
    await registry.stop('websocket');
    expect((await client.close()).code).toBe(4006);
    expect(client.unread.at(-1)).toMatchObject({ type: 'connection-closing', error: { code: 'overloaded' } });
    const refused = await refusedUpgrade(gateway);
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await registry.start('websocket');
    (await join()).socket.terminate();
  });

  test('a reader that does not read is closed with 4002 and finds everything at its return', async () => {
    client.send(message({ content: 'first' }));
    const sessionId = (await client.until('turn-completed'))[0]?.['sessionId'];
    const lazy = await join();
    lazy.send({ type: 'join-session', ref: 'j', sessionId });
    await lazy.next();
    lazy.socket.pause();
    const closing = new Promise<number>((resolve) => lazy.socket.once('close', (code) => resolve(code)));
    for (let round = 0; round < UNREAD_ROUNDS; round += 1) {
      client.send(message({ sessionId, content: `long ${UNREAD_LETTERS}` }));
      await client.until('turn-completed');
    }
    lazy.socket.resume();
    expect(await closing).toBe(4002);
    const back = await join();
    back.send({ type: 'join-session', ref: 'j', sessionId, after: 0 });
    const seqs: unknown[] = [];
    const stored = (UNREAD_ROUNDS + 1) * 3;
    while (seqs.length < stored) {
      const { seq } = await back.next();
      if (seq !== undefined) seqs.push(seq);
    }
    expect(seqs).toEqual(Array.from({ length: stored }, (_nothing, index) => index + 1));
    back.socket.terminate();
  });
});

/** The TCP socket under a client, past its library. */
function rawSocketOf(socket: WebSocket): Socket {
  const raw: unknown = Reflect.get(socket, '_socket');
  if (!(raw instanceof Socket)) throw new Error('the client has no socket');
  return raw;
}
