import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { formOf, SamlIdp, type Asked } from './support/saml-idp.js';
import { OWN_ADDRESSES, Visitor } from './support/visitor.js';

let idp: SamlIdp;
let gateway: StartedGateway;

const settings = () => ({
  ...OWN_ADDRESSES,
  LOG_LEVEL: 'silent',
  SAML_IDP_METADATA: idp.metadataFile,
  SAML_ALLOWED_DOMAINS: 'example.com',
  SAML_ROLE_ATTRIBUTE: 'parley-role',
});

beforeAll(async () => {
  idp = await new SamlIdp().start();
  gateway = await startGateway(settings());
});
afterAll(async () => {
  await gateway.stop();
  await idp.stop();
});

async function begin(visitor: Visitor, path = '/auth/login?method=saml'): Promise<Asked> {
  const { location } = await visitor.get(path);
  return idp.asked(location ?? '');
}

describe('an operator who signs in by SAML', () => {
  it('is sent to the provider with a new request each time', async () => {
    const visitor = new Visitor(gateway);
    const { status, location, setCookies } = await visitor.get('/auth/login');
    expect(status).toBe(303);
    expect(location).toMatch(/^https:\/\/idp\.example\/sso\?SAMLRequest=/);
    expect(setCookies).toEqual([expect.stringMatching(/^parley-saml=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)]);
    const asked = idp.asked(location ?? '');
    expect(asked).toMatchObject({ acsUrl: `${gateway.url}/auth/saml/acs`, audience: `${gateway.url}/auth/saml/metadata` });
    expect(asked.requestId).toMatch(/^_[0-9a-f]{40}$/);
    expect((await begin(visitor)).requestId).not.toBe(asked.requestId);
  });

  it('comes in with the answer, and where they wanted to go', async () => {
    const visitor = new Visitor(gateway);
    const asked = await begin(visitor, '/auth/login?method=saml&returnTo=/playground?session=1');
    const reply = await visitor.post('/auth/saml/acs', formOf(idp.answer(asked, { attributes: { mail: ['alice@example.com'], 'parley-role': ['operator', 'viewer'] } })));
    expect(reply).toMatchObject({ status: 303, location: `${gateway.url}/playground?session=1` });
    expect(JSON.parse((await visitor.get('/auth/me')).text)).toMatchObject({ kind: 'operator', id: expect.stringMatching(/^saml_/), role: 'operator', name: 'alice@example.com' });
  });

  it('comes in by a second step on http of this machine, where no cookie comes with the foreign POST', async () => {
    const visitor = new Visitor(gateway);
    const asked = await begin(visitor);
    const withoutCookie = new Visitor(gateway);
    const posted = await withoutCookie.post('/auth/saml/acs', formOf(idp.answer(asked)));
    expect(posted.status).toBe(303);
    expect(posted.location).toMatch(/\/auth\/saml\/acs\?answer=[\w-]{43}$/);
    expect(posted.setCookies).toEqual([]);
    const fetched = await visitor.get(posted.location ?? '');
    expect(fetched).toMatchObject({ status: 303, location: `${gateway.url}/playground` });
    expect((await visitor.get('/auth/me')).status).toBe(200);
    expect((await visitor.get(posted.location ?? '')).problem).toMatchObject({ code: 'unauthenticated' });
  });

  it('is told by our metadata who we are', async () => {
    const reply = await new Visitor(gateway).get('/auth/saml/metadata');
    expect(reply.type).toContain('application/samlmetadata+xml');
    expect(reply.text).toContain(`entityID="${gateway.url}/auth/saml/metadata"`);
    expect(reply.text).toContain(`Location="${gateway.url}/auth/saml/acs"`);
    expect(reply.text).toContain('WantAssertionsSigned="true"');
  });
});
