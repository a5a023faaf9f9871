import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, makeKey } from '../auth/caller.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

describe('registering issuers', () => {
  const post = (body: object, tenant = 'default', key: string | null = ADMIN_KEY) =>
    call(gateway, 'POST', `/api/v1/tenants/${tenant}/issuers`, { key, body });
  const right = { issuer: 'https://login.example.com', audience: 'one' };

  it('shows them whole, in lists and one by one', async () => {
    const made = await post({ ...right, audience: 'shown' });
    expect(made.body).toEqual({
      id: expect.any(String),
      issuer: 'https://login.example.com',
      audience: 'shown',
      jwksUrl: null,
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      userIdClaim: 'sub',
      userIdPrefix: '',
      sessionsClaim: null,
      createdAt: expect.any(String),
    });
    expect((await call(gateway, 'GET', `/api/v1/tenants/default/issuers/${made.body.id}`)).body).toEqual(made.body);
    expect((await call(gateway, 'GET', '/api/v1/tenants/default/issuers')).body.items).toContainEqual(made.body);
    expect((await call(gateway, 'GET', '/api/v1/tenants/default/issuers?cursor=nonsense')).status).toBe(400);
    expect((await call(gateway, 'DELETE', `/api/v1/tenants/default/issuers/${made.body.id}`)).status).toBe(204);
    expect((await call(gateway, 'DELETE', `/api/v1/tenants/default/issuers/${made.body.id}`)).status).toBe(404);
  });

  it.each<[string, object]>([
    ['no address', { issuer: 'login.example.com' }],
    ['plain http', { issuer: 'http://login.example.com' }],
    ['a private address', { issuer: 'https://192.168.1.1' }],
    ['a user and password', { issuer: 'https://me:secret@login.example.com' }],
    ['keys in plain http', { jwksUrl: 'http://login.example.com/jwks' }],
    ['keys at a private address', { jwksUrl: 'https://[fd00::1]/jwks' }],
    ['no audience', { audience: '' }],
    ['a symmetric algorithm', { algorithms: ['HS256'] }],
    ['no algorithm', { algorithms: ['none'] }],
    ['no algorithms', { algorithms: [] }],
    ['a field that there is not', { secret: 'x' }],
  ])('refuses %s', async (_what, wrong) => {
    expect((await post({ ...right, ...wrong })).body.code).toBe('validation_failed');
  });

  it('is for admins of the tenant and of default', async () => {
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'acme', name: 'Acme' } });
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'rival', name: 'Rival' } });
    const adminOf = async (id: string) => (await call(gateway, 'POST', `/api/v1/tenants/${id}/keys`, { body: { name: 'a', scopes: ['admin'] } })).body.key;
    const [acme, rival] = [await adminOf('acme'), await adminOf('rival')];
    const made = await post({ ...right, audience: 'acme' }, 'acme', acme);
    expect(made.status).toBe(201);
    expect((await post({ ...right, audience: 'x' }, 'acme', rival)).status).toBe(404);
    expect((await call(gateway, 'GET', `/api/v1/tenants/rival/issuers/${made.body.id}`, { key: rival })).status).toBe(404);
    expect((await call(gateway, 'DELETE', `/api/v1/tenants/rival/issuers/${made.body.id}`, { key: rival })).status).toBe(404);
    expect((await post({ ...right, audience: 'acme' }, 'rival', rival)).body.code).toBe('conflict');
    expect((await post({ ...right, audience: 'acme' }, 'acme', acme)).body.code).toBe('conflict');
    expect((await post({ ...right, audience: 'y' }, 'no-such-tenant')).status).toBe(404);
    const { key } = await makeKey(gateway, ['keys', 'control:write', 'audit:read']);
    expect((await post({ ...right, audience: 'z' }, 'default', key)).status).toBe(403);
    const log = await call(gateway, 'GET', '/api/v1/audit?action=issuer.create', { key: acme });
    expect(log.body.items).toHaveLength(1);
  });

  it('allows sixteen of them, also of many at once', async () => {
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'many', name: 'Many' } });
    for (let n = 0; n < 14; n += 1) expect((await post({ ...right, audience: `many-${n}` }, 'many')).status).toBe(201);
    const atOnce = await Promise.all(Array.from({ length: 6 }, (_, n) => post({ ...right, audience: `at-once-${n}` }, 'many')));
    expect(atOnce.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(atOnce.filter(({ body }) => body.code === 'conflict')).toHaveLength(4);
    expect((await call(gateway, 'GET', '/api/v1/tenants/many/issuers')).body.items).toHaveLength(16);
  });
});
