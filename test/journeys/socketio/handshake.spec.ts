import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { awakeTime } from '../../support/awake-time.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { DoorClient } from './door.js';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';

/** The head of the answer to these bytes. */
function answerTo(gateway: StartedGateway, bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    let read = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      read += chunk;
      if (read.includes('\r\n\r\n')) socket.destroy();
    });
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer')));
    socket.on('close', () => resolve(read)).on('error', reject);
  });
}

describe('the Socket.IO handshake', () => {
  let gateway: StartedGateway;
  let client: ParleyClient;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
    client = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  });
  afterAll(() => gateway.stop());

  it.each([
    ['nothing', {}, 'unauthenticated'],
    ['a wrong key', { apiKey: 'pk_aaaaaaaa_wrong' }, 'unauthenticated'],
    ['a ticket nobody made', { ticket: 'nope' }, 'unauthenticated'],
    ['a resume token nobody made', { resume: 'nope' }, 'unauthenticated'],
    ['two at once', { apiKey: ADMIN_KEY, ticket: 'x' }, 'validation_failed'],
    ['an unknown field', { apiKey: ADMIN_KEY, extra: 1 }, 'validation_failed'],
    ['a key that is no text', { apiKey: { $ne: null } }, 'validation_failed'],
  ])('refuses %s with a problem in connect_error, which never holds what was shown', async (_what, auth, code) => {
    const refusal = await DoorClient.make(gateway.url, { auth }).refusal();
    expect(refusal.data).toMatchObject({ code, requestId: expect.any(String), type: `${gateway.url}/docs/errors#${code}` });
    expect(JSON.stringify(refusal.data)).not.toContain(ADMIN_KEY);
  });

  it('refuses another namespace than / with a problem as well', async () => {
    const refusal = await DoorClient.make(`${gateway.url}/elsewhere`).refusal();
    expect(refusal.data).toMatchObject({ code: 'not_found', status: 404, requestId: expect.any(String), type: `${gateway.url}/docs/errors#not_found` });
  });

  it.each([
    ['a poll', 'GET', 'polling', 'Connection: close\r\n', 200],
    ['a poll of nobody', 'GET', 'polling&sid=nobody', 'Connection: close\r\n', 400],
    ['a preflight', 'OPTIONS', 'polling', 'Origin: https://app.example.com\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n', 204],
    ['a foreign preflight', 'OPTIONS', 'polling', 'Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\nConnection: close\r\n', 403],
    ['an upgrade', 'GET', 'websocket', `${UPGRADE}Origin: https://app.example.com\r\n`, 101],
    ['a foreign upgrade', 'GET', 'websocket', `${UPGRADE}Origin: https://evil.example\r\n`, 403],
  ])('answers %s with request id and trace', async (_what, method, transport, headers, status) => {
    const answer = await answerTo(gateway, `${method} /socket.io/?EIO=4&transport=${transport} HTTP/1.1\r\nHost: x\r\nX-Request-Id: seen-by-me\r\n${headers}\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('\r\nx-request-id: seen-by-me\r\n');
    expect(answer.toLowerCase()).toMatch(/\r\ntraceparent: 00-[0-9a-f]{32}-/);
    expect(answer.includes('Access-Control-Allow-Origin: https://app.example.com')).toBe(headers.includes('app.example.com'));
  });

  it('says `connected` first, with the principal, the limits and a resume token', async () => {
    const door = await DoorClient.connect(gateway.url);
    expect(door.events[0]).toMatchObject({ type: 'connected', protocol: 1, principal: { kind: 'key', tenantId: 'default' }, limits: { maxMessageBytes: 65_536 } });
    door.close();
  });

  it('takes a ticket once', async () => {
    const { ticket } = await client.createTicket({ userId: 'ann' });
    const door = await DoorClient.connect(gateway.url, { auth: { ticket } });
    expect((await door.event('connected')).principal).toEqual({ kind: 'user', id: 'ann', tenantId: 'default' });
    expect((await DoorClient.make(gateway.url, { auth: { ticket } }).refusal()).data?.code).toBe('unauthenticated');
    door.close();
  });

  it('takes a resume token once and gives a new one, also to somebody who came with a ticket', async () => {
    const { ticket } = await client.createTicket({ userId: 'bob' });
    const first = await DoorClient.connect(gateway.url, { auth: { ticket } });
    const { token } = (await first.event('connected')).resume;
    first.close();
    const second = await DoorClient.connect(gateway.url, { auth: { resume: token } });
    const again = await second.event('connected');
    expect(again.principal.id).toBe('bob');
    expect(again.resume.token).not.toBe(token);
    expect((await DoorClient.make(gateway.url, { auth: { resume: token } }).refusal()).data?.code).toBe('unauthenticated');
    second.close();
  });

  it.each(['websocket', 'polling'])('lets an allowed origin in and refuses a foreign one over %s', async (transport) => {
    const from = (origin: string) => ({ transports: [transport], extraHeaders: { Origin: origin } });
    const door = await DoorClient.connect(gateway.url, from('https://app.example.com'));
    door.close();
    await DoorClient.make(gateway.url, from('https://evil.example.com')).refusal();
  });

  it('refuses a foreign origin with 403 on every request, of a session that is open too', async () => {
    const foreign = { headers: { Origin: 'https://evil.example.com' } };
    const path = `${gateway.url}/socket.io/?EIO=4&transport=polling`;
    expect((await fetch(path, foreign)).status).toBe(403);
    const opened = await (await fetch(path)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    expect((await fetch(`${path}&sid=${sid}`, { ...foreign, method: 'POST', body: '40' })).status).toBe(403);
    expect((await fetch(`${path}&sid=${sid}`, foreign)).status).toBe(403);
    const upgrade = { ...foreign.headers, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    expect(await upgradeStatus(gateway.url, upgrade)).toBe(403);
  });

  it('answers a foreign origin with a problem, and every poll under a request id and a trace', async () => {
    const path = `${gateway.url}/socket.io/?EIO=4&transport=polling`;
    const refused = await fetch(path, { headers: { Origin: 'https://evil.example.com', 'X-Request-Id': 'mine' } });
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await refused.json()).toMatchObject({ code: 'permission_denied', status: 403, requestId: 'mine', type: `${gateway.url}/docs/errors#permission_denied` });
    for (const [url, status] of [[path, 200], [`${path}&sid=nobody`, 400]] as const) {
      const answer = await fetch(url, { headers: { 'X-Request-Id': 'mine' } });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('x-request-id')).toBe('mine');
      expect(answer.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
    }
  });

  it("takes the operator's cookie from a page of ours, and not without an origin", async () => {
    const signedIn = await fetch(`${gateway.url}/auth/api-key`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: gateway.url },
      body: JSON.stringify({ apiKey: ADMIN_KEY }),
    });
    const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
    const door = await DoorClient.connect(gateway.url, { auth: {}, extraHeaders: { Cookie: cookie, Origin: gateway.url } });
    door.close();
    const refusal = await DoorClient.make(gateway.url, { auth: {}, extraHeaders: { Cookie: cookie } }).refusal();
    expect(refusal.data?.code).toBe('unauthenticated');
  });

  it('refuses the older protocol', async () => {
    expect((await fetch(`${gateway.url}/socket.io/?EIO=3&transport=polling`)).status).toBe(400);
  });

  it('keeps a socket away within a second once its key is revoked', async () => {
    const { id, key } = await client.createKey({ name: 'short-lived', scopes: ['messages'] });
    const door = await DoorClient.connect(gateway.url, { auth: { apiKey: key } });
    const gone = door.disconnected();
    const sinceRevoked = awakeTime();
    await client.revokeKey(id);
    expect((await door.event('connection-closing')).error.code).toBe('unauthenticated');
    expect(await gone).toBe('io server disconnect');
    expect(sinceRevoked()).toBeLessThan(1000);
  });

  it('hides the sessions of others: joining, sending and cancelling there is not_found', async () => {
    const mine = await DoorClient.connect(gateway.url, { auth: await client.createTicket({ userId: 'one' }).then(({ ticket }) => ({ ticket })) });
    const other = await DoorClient.connect(gateway.url, { auth: await client.createTicket({ userId: 'two' }).then(({ ticket }) => ({ ticket })) });
    const { sessionId, turnId } = await mine.command<{ sessionId: string; turnId: string }>('send-message', { content: '/echo private' });
    for (const [name, payload] of [
      ['join-session', { sessionId }],
      ['send-message', { sessionId, content: 'hello' }],
      ['cancel-turn', { turnId }],
    ] as const) {
      expect(await other.command(name, payload)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    }
    expect(other.events.map(({ type }) => type)).toEqual(['connected']);
    mine.close();
    other.close();
  });
});

async function upgradeStatus(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/socket.io/?EIO=4&transport=websocket`, { headers });
    sent.on('response', ({ statusCode }) => resolve(statusCode));
    sent.on('upgrade', () => resolve(101));
    sent.on('error', reject);
    sent.end();
  });
}
