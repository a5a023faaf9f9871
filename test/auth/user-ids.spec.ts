import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gateway } from '#libs/channel-sdk';
import { send, user } from '../support/callers.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call } from './caller.js';
import { AUDIENCE, TokenIssuer } from './token-issuer.js';

let gateway: StartedGateway;
let issuer: TokenIssuer;
beforeAll(async () => {
  gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
  issuer = await new TokenIssuer().start();
});
afterAll(async () => {
  await gateway.stop();
  await issuer.stop();
});

const me = (token: string) => call(gateway, 'GET', '/auth/me', { key: null, headers: { authorization: `Bearer ${token}` } });

describe('a user whom no address could name', () => {
  it.each(['.', '..'])('gets no ticket: %s', async (userId) => {
    const answer = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId } });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'userId' }] });
  });

  it.each(['...', '.a', 'a.', '. ', '..\n', '%2e', '%2E%2E', './..', 'a/../b'])('is none of these: %j', async (userId) => {
    expect((await call(gateway, 'POST', '/api/v1/tickets', { body: { userId } })).status).toBe(201);
    const path = `/api/v1/tenants/default/users/${encodeURIComponent(userId)}`;
    expect(await call(gateway, 'DELETE', path)).toMatchObject({ status: 200, body: { sessions: 0 } });
    const { body } = await call(gateway, 'GET', '/api/v1/audit?action=user.erase&limit=1');
    expect(body.items).toMatchObject([{ target: { kind: 'user', id: userId } }]);
  });

  it('does not come in with a token, unless the prefix of the issuer makes another name of it', async () => {
    const registered = (more: object) => call(gateway, 'POST', '/api/v1/tenants/default/issuers', { body: { issuer: issuer.url, audience: AUDIENCE, ...more } });
    const first = await registered({});
    expect(first.status).toBe(201);
    for (const sub of ['.', '..']) expect((await me(issuer.token({ sub }))).status).toBe(401);
    expect((await me(issuer.token({ sub: '...' }))).body).toMatchObject({ kind: 'user', id: '...' });
    expect((await call(gateway, 'DELETE', `/api/v1/tenants/default/issuers/${first.body.id}`)).status).toBeLessThan(300);
    expect((await registered({ userIdPrefix: 'shop:' })).status).toBe(201);
    expect((await me(issuer.token({ sub: '..' }))).body).toMatchObject({ kind: 'user', id: 'shop:..' });
  });

  it('who came before that was refused is erased by a client that sends the path as it stands', async () => {
    await send(gateway.app.get(Gateway), { content: 'hello' }, undefined, user('..'));
    const { hostname, port } = new URL(gateway.url);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const sending = request({ hostname, port, method: 'DELETE', path: '/api/v1/tenants/default/users/%2E%2E', headers: { 'x-api-key': ADMIN_KEY } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString()));
      response.on('end', () => resolve(text));
    });
    sending.on('error', reject);
    sending.end();
    expect(JSON.parse(await promise)).toEqual({ sessions: 1 });
  });
});
