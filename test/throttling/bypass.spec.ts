import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '#libs/policy';
import { Refusals } from '../audit/refusals.js';
import { call, makeKey } from '../auth/caller.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { enterSocketIo, enterWebSocket, leave } from './socket-callers.js';

interface RawAnswer {
  readonly status: number;
  readonly code: string;
}

/** Sends the path and the headers exactly as given. */
function raw(gateway: StartedGateway, path: string, headers: Record<string, string | string[]>, body: object): Promise<RawAnswer> {
  const { hostname, port } = new URL(gateway.url);
  const json = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path, method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json), ...headers } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => {
        const answer: { code?: string } = JSON.parse(text === '' ? '{}' : text);
        resolve({ status: response.statusCode ?? 0, code: answer.code ?? '' });
      });
    });
    sending.on('error', reject);
    sending.end(json);
  });
}

const STRANGE = [
  ['X-Forwarded-For', '203.0.113.7'],
  ['X-Forwarded-For', '127.0.0.1, 10.0.0.1, 203.0.113.8'],
  ['x-forwarded-for', '::1'],
  ['Forwarded', 'for=203.0.113.9;proto=https'],
  ['X-Real-IP', '203.0.113.10'],
  ['X-Client-IP', '203.0.113.11'],
  ['CF-Connecting-IP', '203.0.113.12'],
  ['True-Client-IP', '203.0.113.13'],
  ['X-Originating-IP', '203.0.113.14'],
  ['X-Cluster-Client-IP', '203.0.113.15'],
  ['X-Forwarded-Host', 'elsewhere.example'],
  ['X-Forwarded-User', 'admin'],
  ['X-Original-URL', '/health'],
  ['X-Rewrite-URL', '/health'],
  ['X-HTTP-Method-Override', 'GET'],
  ['X-Tenant-Id', 'another'],
  ['X-RateLimit-Remaining', '100'],
  ['Prefer', 'respond-async'],
] as const;

/** Where all calls come from, whatever they say. */
const HERE = '127.0.0.1';

describe('the limit of messages is not got round', () => {
  let gateway: StartedGateway;
  let key: string;
  const refusals = new Refusals(() => gateway);
  beforeAll(async () => {
    gateway = await startGateway();
    ({ key } = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 3, messagesPerHour: 3 } }));
    for (let count = 0; count < 3; count += 1) expect((await raw(gateway, '/api/v1/messages', { 'x-api-key': key }, { content: 'x' })).status).toBe(202);
  });
  afterAll(() => gateway.stop());

  it.each([
    ['X-API-Key', (value: string) => ({ 'X-API-Key': value })],
    ['x-api-key', (value: string) => ({ 'x-api-key': value })],
    ['X-API-KEY', (value: string) => ({ 'X-API-KEY': value })],
    ['Authorization: Bearer', (value: string) => ({ Authorization: `Bearer ${value}` })],
    ['authorization: bearer', (value: string) => ({ authorization: `bearer ${value}` })],
    ['AUTHORIZATION: BEARER', (value: string) => ({ AUTHORIZATION: `BEARER ${value}` })],
    ['Bearer and more blanks', (value: string) => ({ Authorization: `Bearer   ${value}` })],
    ['both', (value: string) => ({ Authorization: `Bearer ${value}`, 'X-API-Key': value })],
  ])('by the form in which the key is shown: %s', async (_name, headers) => {
    const answer = await raw(gateway, '/api/v1/messages', headers(key), { content: 'x' });
    expect(answer).toEqual({ status: 429, code: 'rate_limited' });
    await refusals.expectOne(HERE, 'rate_limited');
  });

  it.each(STRANGE)('by the header %s: %s', async (name, value) => {
    expect(await raw(gateway, '/api/v1/messages', { 'x-api-key': key, [name]: value }, { content: 'x' })).toEqual({ status: 429, code: 'rate_limited' });
    await refusals.expectOne(HERE, 'rate_limited');
  });

  it.each([
    '/api/v1/messages/',
    '//api/v1/messages',
    '/api//v1/messages',
    '/API/v1/messages',
    '/api/v1/Messages',
    '/api/v1/messages?x=1',
    '/api/v1/messages?x=1#y',
    '/api/v1/%6dessages',
    '/api/v1/messages%2f',
    '/api/v1/messages;a=b',
    '/api/v1/./messages',
    '/api/v1/x/../messages',
    '/api/v1/chat/stream',
    '/api/v1/chat/stream?x',
  ])('by the form of the path: %s', async (path) => {
    const { status } = await raw(gateway, path, { 'x-api-key': key }, { content: 'x' });
    expect([404, 429]).toContain(status);
    // A path that leads nowhere is no refusal: nothing was asked for that somebody else might.
    await refusals.expectGrown(HERE, status === 429 ? { 429: 1 } : {});
  });

  it('by another door', async () => {
    const socket = await enterSocketIo(gateway, key);
    if (socket instanceof Error) throw socket;
    expect(await socket.timeout(60_000).emitWithAck('send-message', { content: 'x' })).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
    await leave(socket);
    await refusals.expectOne(HERE, 'rate_limited');
    const plain = await enterWebSocket(gateway, key);
    if (typeof plain === 'number') throw new Error(String(plain));
    const failed = new Promise<string>((resolve) => {
      plain.on('message', (data: Buffer) => {
        const frame: { type: string; error?: { code: string } } = JSON.parse(data.toString());
        if (frame.type === 'command-failed') resolve(frame.error?.code ?? '');
      });
    });
    plain.send('bare text');
    expect(await failed).toBe('rate_limited');
    await leave(plain);
    await refusals.expectOne(HERE, 'rate_limited');
  });
});

describe('the limit of attempts by address is not got round', () => {
  const FAILURES = 10;
  const signIn = (gateway: StartedGateway, headers: Record<string, string>) => call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: 'wrong' }, headers });

  it('by forwarded headers, where no proxy is trusted', async () => {
    const gateway = await startGateway();
    try {
      const statuses = [];
      for (let attempt = 0; attempt < FAILURES + 5; attempt += 1) {
        statuses.push((await signIn(gateway, { 'x-forwarded-for': `203.0.113.${attempt}`, forwarded: `for=203.0.113.${attempt}`, 'x-real-ip': `203.0.113.${attempt}` })).status);
      }
      expect(statuses).toEqual([...Array<number>(FAILURES).fill(401), ...Array<number>(5).fill(429)]);
      await new Refusals(() => gateway).expectGrown(HERE, { 401: FAILURES, 429: 5 });
    } finally {
      await gateway.stop();
    }
  });

  it('by what a stranger writes in front of a trusted proxy, nor by another address of the same /64', async () => {
    const gateway = await startGateway({ TRUST_PROXY: '127.0.0.1,::1,10.0.0.0/8' });
    const many = async (addresses: readonly string[]) => {
      const statuses = [];
      for (const address of addresses) statuses.push((await signIn(gateway, { 'x-forwarded-for': address })).status);
      return statuses;
    };
    const first = Array<number>(FAILURES).fill(401);
    try {
      const spoofed = Array.from({ length: FAILURES + 3 }, (_, index) => `198.51.100.${index}, 203.0.113.50, 10.0.0.${index}`);
      expect(await many(spoofed)).toEqual([...first, 429, 429, 429]);
      await new Refusals(() => gateway).expectGrown('203.0.113.50', { 401: FAILURES, 429: 3 });
      const v6 = Array.from({ length: FAILURES }, (_, index) => `2001:db8:0:7::${index.toString(16)}`);
      expect(await many(v6)).toEqual(first);
      const sameNetwork = ['2001:db8:0:7:1:2:3:4', '2001:0DB8:0000:0007::9', '2001:db8::7:ffff:ffff:ffff:ffff', '2001:db8:0:7:8000::'];
      expect(await many(sameNetwork)).toEqual([429, 429, 429, 429]);
      expect(await many(['2001:db8:0:8::1', '203.0.113.51'])).toEqual([401, 401]);
    } finally {
      await gateway.stop();
    }
  });

  it('at the doors of sockets: so many a minute from one address, over both, whoever is shown', async () => {
    const gateway = await startGateway({ CONNECTION_ATTEMPTS_PER_MINUTE: '20', TRUST_PROXY: '127.0.0.1' });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    try {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) => {
          const key = index % 4 < 2 ? ADMIN_KEY : 'wrong';
          return index % 2 === 0 ? enterSocketIo(gateway, key, from('203.0.113.1')) : enterWebSocket(gateway, key, from('203.0.113.1'));
        }),
      );
      const inside = answers.filter((answer) => !(answer instanceof Error) && typeof answer !== 'number');
      expect(inside.length).toBeLessThanOrEqual(20);
      const refused = answers.filter((answer) => answer === 429 || (answer instanceof Error && answer.data === undefined));
      expect(refused).toHaveLength(40);
      const told = new Refusals(() => gateway);
      await told.expectGrown('203.0.113.1', { ...(inside.length === 20 ? {} : { 401: 20 - inside.length }), 429: 40 });
      expect(await enterWebSocket(gateway, ADMIN_KEY, from('::ffff:203.0.113.1'))).toBe(429);
      expect(await enterWebSocket(gateway, ADMIN_KEY, from('::ffff:cb00:7101'))).toBe(429);
      const other = await enterWebSocket(gateway, ADMIN_KEY, from('203.0.113.2'));
      if (typeof other === 'number') throw new Error('another address is refused');
      await leave(other);
      for (const query of ['', '&sid=', '&sid']) {
        const poll = await fetch(`${gateway.url}/socket.io/?EIO=4&transport=polling${query}`, { headers: from('203.0.113.1') });
        expect(poll.status).toBe(429);
        expect(poll.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(await poll.json()).toMatchObject({ code: 'rate_limited', retryable: true });
      }
      expect((await fetch(`${gateway.url}/health`, { headers: from('203.0.113.1') })).status).toBe(200);
      for (const one of inside) if (!(one instanceof Error) && typeof one !== 'number') await leave(one);
    } finally {
      await gateway.stop();
    }
  });
});

describe('whom an address belongs to', () => {
  it.each([
    ['203.0.113.1', '203.0.113.1'],
    ['::ffff:203.0.113.1', '203.0.113.1'],
    ['::FFFF:cb00:7101', '203.0.113.1'],
    ['2001:db8::1', '20010db800000000/64'],
    ['2001:db8:0:0:1:2:3:4', '20010db800000000/64'],
    ['2001:db8::1:2:3:4', '20010db800000000/64'],
    ['2001:0:0:1::5', '2001000000000001/64'],
    ['2001::1:2:3:4:5', '2001000000000001/64'],
    ['fe80::1%eth0', 'fe80000000000000/64'],
    ['::1', '0/64'],
    ['', ''],
    ['unknown', 'unknown'],
  ])('%s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
