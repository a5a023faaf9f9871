import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call, exchange, makeKey } from '../http/caller.js';
import { refusedUpgrade, WsClient } from './ws-client.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function ticket(body: object = {}): Promise<string> {
  const answer = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada', ...body } });
  return String(answer.body['ticket']);
}

test('the first event is connected, and says who the client is and how it comes back', async () => {
  const client = await WsClient.open(gateway);
  expect(client.upgrade).toMatchObject({ 'x-request-id': expect.any(String), traceparent: expect.any(String) });
  expect(await client.next()).toEqual({
    type: 'connected',
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    connectionId: expect.any(String),
    protocol: 1,
    principal: { kind: 'key', id: expect.any(String), tenantId: 'default' },
    resume: { token: expect.any(String), expiresAt: expect.any(String) },
    server: { name: 'parley', version: expect.any(String) },
    limits: { maxMessageBytes: 65_536, messagesPerMinute: 1_000_000, messagesPerHour: 1_000_000 },
  });
  client.socket.close();
  expect((await client.close()).code).toBe(1005);
});

test('a key comes in by either header, a ticket by the address, once', async () => {
  const { key } = await makeKey(gateway);
  const byBearer = await WsClient.open(gateway, { key: null, headers: { authorization: `Bearer ${key}` } });
  expect((await byBearer.next())['type']).toBe('connected');
  byBearer.socket.terminate();
  const path = `/ws?ticket=${await ticket()}`;
  const byTicket = await WsClient.open(gateway, { key: null, path });
  expect(await byTicket.next()).toMatchObject({ principal: { kind: 'user', id: 'ada' } });
  byTicket.socket.terminate();
  expect((await refusedUpgrade(gateway, { key: null, path })).status).toBe(401);
});

test('no credential or a wrong one is refused before the upgrade with a problem', async () => {
  for (const options of [{ key: null }, { key: 'pk_wrong' }, { key: null, path: '/ws?ticket=wrong' }, { key: null, path: '/ws?resume=wrong' }]) {
    const { status, headers, body } = await refusedUpgrade(gateway, options);
    expect({ status, code: body['code'] }).toEqual({ status: 401, code: 'unauthenticated' });
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(headers['x-request-id']).toBe(body['requestId']);
    expect(headers['traceparent']).toEqual(expect.any(String));
    expect(JSON.stringify(body)).not.toContain('wrong');
  }
});

test('a key that may not use messages is permission_denied, two keys are validation_failed', async () => {
  const { key } = await makeKey(gateway, ['metrics']);
  expect(await refusedUpgrade(gateway, { key })).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
  const both = await refusedUpgrade(gateway, { headers: { authorization: 'Bearer something-else' } });
  expect(both).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
});

test('a page of a foreign origin is refused with 403 whatever it shows, our own comes in', async () => {
  const foreign = await refusedUpgrade(gateway, { headers: { origin: 'https://evil.example' } });
  expect(foreign).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
  expect((await refusedUpgrade(gateway, { headers: { origin: 'null' } })).status).toBe(403);
  const own = await WsClient.open(gateway, { headers: { origin: gateway.url } });
  own.socket.terminate();
});

test("an operator's cookie comes in from a page of our own only", async () => {
  const signedIn = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: ADMIN_KEY }, headers: { origin: gateway.url } });
  const cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  expect(cookie).toMatch(/^parley=/);
  const page = await WsClient.open(gateway, { key: null, headers: { cookie, origin: gateway.url } });
  expect(await page.next()).toMatchObject({ type: 'connected', principal: { tenantId: 'default' } });
  page.socket.terminate();
  expect((await refusedUpgrade(gateway, { key: null, headers: { cookie } })).status).toBe(401);
  expect((await refusedUpgrade(gateway, { key: null, headers: { cookie, origin: 'https://evil.example' } })).status).toBe(403);
});

test('the subprotocol is parley.v1 or none', async () => {
  const client = await WsClient.open(gateway, { protocols: ['other', 'parley.v1'] });
  expect(client.socket.protocol).toBe('parley.v1');
  client.socket.terminate();
  expect(await refusedUpgrade(gateway, { protocols: ['other'] })).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
});

test('upgrades at any other address are not_found', async () => {
  for (const path of ['/', '/wss', '/ws/', '/ws/x', '/WS', '/api/v1/sessions', '/socket.iox/']) {
    expect({ path, ...(await refusedUpgrade(gateway, { path })) }).toMatchObject({ path, status: 404, body: { code: 'not_found' } });
  }
});

test('Socket.IO still takes its own upgrades', async () => {
  const answer = await exchange(gateway, 'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const sid = /"sid":"([^"]+)"/.exec(answer)?.[1];
  expect(sid).toEqual(expect.any(String));
  const client = await WsClient.open(gateway, { path: `/socket.io/?EIO=4&transport=websocket&sid=${sid}` });
  expect(client.socket.readyState).toBe(client.socket.OPEN);
  client.socket.terminate();
});

test.each([
  ['version', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 99\r\n'],
  ['key', 'Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n'],
])('an upgrade with a wrong %s is validation_failed', async (_name, lines) => {
  const { key } = await makeKey(gateway);
  const answer = await exchange(gateway, `GET /ws HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines}\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"validation_failed"');
});
