import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS, type Accepted, type GatewayEvent } from '#libs/contracts';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { DoorClient } from './door.js';

type Ack = { ok: true } & Accepted;

describe('a message over Socket.IO', () => {
  let gateway: StartedGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('is acknowledged first and then answered by the events of its turn, each as the contract writes it', async () => {
    const client = await DoorClient.connect(gateway.url);
    const order: string[] = [];
    client.socket.onAny((name: string) => order.push(name));
    const ack = await new Promise<Ack>((resolve) => {
      client.socket.emit('send-message', { content: '/echo good morning' }, (answer: Ack) => {
        order.push('ack');
        resolve(answer);
      });
    });
    const completed = await client.event('turn-completed');
    expect(ack).toMatchObject({ ok: true, duplicate: false, seq: 1, turnId: completed.turnId, messageId: completed.messageId });
    expect(completed.content).toBe('good morning');
    expect(order.slice(0, 3)).toEqual(['ack', 'message-accepted', 'turn-started']);
    expect(order.at(-1)).toBe('turn-completed');
    for (const event of client.events) expect(EVENTS[event.type].safeParse(event).error).toBeUndefined();
    expect(client.events.flatMap((event) => ('seq' in event ? [event.seq] : []))).toEqual([1, 2, 3]);
    expect(client.events[0]?.type).toBe('connected');
    client.close();
  });

  it('is heard by every socket joined to the session and by nobody else', async () => {
    const connect = () => DoorClient.connect(gateway.url);
    const [sender, listener, stranger] = await Promise.all([connect(), connect(), connect()]);
    const { sessionId } = await sender.command<Ack>('send-message', { content: '/echo one' });
    await sender.event('turn-completed');
    expect(await listener.command('join-session', { sessionId })).toEqual({ ok: true, lastSeq: 3 });
    await sender.command('send-message', { sessionId, content: '/echo two' });
    const heard = await listener.event('turn-completed');
    expect(heard.content).toBe('two');
    expect(listener.of('message-accepted').map(({ seq }) => seq)).toEqual([4]);
    await stranger.command('send-message', { content: '/echo mine' });
    await stranger.event('turn-completed');
    expect(stranger.events.every((event) => !('sessionId' in event) || event.sessionId !== sessionId)).toBe(true);
    for (const client of [sender, listener, stranger]) client.close();
  });

  it('sent twice with one id is answered once; the second time its events come again; another text is a conflict', async () => {
    const client = await DoorClient.connect(gateway.url);
    const message = { id: 'order-1', content: '/echo once' };
    const first = await client.command<Ack>('send-message', message);
    await client.event('turn-completed');
    const again = await DoorClient.connect(gateway.url);
    const second = await again.command<Ack>('send-message', message);
    expect(second).toMatchObject({ ok: true, duplicate: true, messageId: first.messageId, turnId: first.turnId, seq: 1, status: 'completed' });
    await again.event('turn-completed');
    expect(again.order.filter((name) => name === 'message-accepted' || name === 'turn-completed')).toEqual(['message-accepted', 'turn-completed']);
    const conflict = await again.command('send-message', { ...message, content: '/echo other' });
    expect(conflict).toMatchObject({ ok: false, error: { code: 'idempotency_conflict', status: 422 } });
    client.close();
    again.close();
  });

  it('that is cancelled after its end is told its state', async () => {
    const client = await DoorClient.connect(gateway.url);
    const { turnId } = await client.command<Ack>('send-message', { content: '/echo done' });
    await client.event('turn-completed');
    expect(await client.command('cancel-turn', { turnId })).toEqual({ ok: true, state: 'completed' });
    expect(await client.command('cancel-turn', { turnId: 'nobody' })).toMatchObject({ ok: false, error: { code: 'not_found' } });
    client.close();
  });

  it('keeps its order and leaves no gap for a socket that joins with `after` while others write', async () => {
    const writer = await DoorClient.connect(gateway.url);
    const { sessionId } = await writer.command<Ack>('send-message', { content: '/echo 0' });
    const reader = await DoorClient.connect(gateway.url);
    const sends = Array.from({ length: 15 }, (_, n) => writer.command<Ack>('send-message', { sessionId, content: `/echo ${n + 1}` }));
    await reader.command('join-session', { sessionId, after: 0 });
    expect((await Promise.all(sends)).every(({ ok }) => ok)).toBe(true);
    await reader.until(() => (reader.of('turn-completed').length === 16 ? true : undefined), 'sixteenth end');
    const seqs = reader.events.flatMap((event: GatewayEvent) => ('seq' in event ? [event.seq] : []));
    expect(seqs).toEqual(Array.from({ length: 48 }, (_, index) => index + 1));
    expect(reader.of('turn-completed').map(({ content }) => content)).toEqual(Array.from({ length: 16 }, (_, n) => String(n)));
    writer.close();
    reader.close();
  });

  it('is not heard any more after leave-session, and again after the next join', async () => {
    const writer = await DoorClient.connect(gateway.url);
    const reader = await DoorClient.connect(gateway.url);
    const { sessionId } = await writer.command<Ack>('send-message', { content: '/echo a' });
    await writer.event('turn-completed');
    await reader.command('join-session', { sessionId });
    expect(await reader.command('leave-session', { sessionId })).toEqual({ ok: true });
    await writer.command('send-message', { sessionId, content: '/echo b' });
    await writer.until(() => writer.of('turn-completed')[1], 'second end');
    await reader.command('join-session', { sessionId, after: 3 });
    await reader.event('turn-completed');
    expect(reader.of('message-accepted')).toHaveLength(1);
    expect(reader.order.indexOf('ack:leave-session')).toBeLessThan(reader.order.indexOf('message-accepted'));
    writer.close();
    reader.close();
  });

  it('works over polling alone', async () => {
    const client = await DoorClient.connect(gateway.url, { transports: ['polling'] });
    await client.command('send-message', { content: '/echo polled' });
    expect((await client.event('turn-completed')).content).toBe('polled');
    client.close();
  });

  it('too large for the limit is refused and leaves no session', async () => {
    const client = await DoorClient.connect(gateway.url);
    const answer = await client.command('send-message', { content: 'x'.repeat(65_537) });
    expect(answer).toMatchObject({ ok: false, error: { code: 'payload_too_large', status: 413 } });
    expect(client.events.map(({ type }) => type)).toEqual(['connected']);
    client.close();
  });
});
