import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { Refusals } from '../audit/refusals.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { CLIENT_ID, CLIENT_SECRET, OddProvider } from './support/odd-provider.js';
import { SamlIdp } from './support/saml-idp.js';
import { onLoopback, OWN_ADDRESSES, Visitor } from './support/visitor.js';

let provider: OddProvider;
let idp: SamlIdp;
let gateway: StartedGateway;
const refusals = new Refusals(() => gateway);

const settings = () => ({
  ...OWN_ADDRESSES,
  LOG_LEVEL: 'silent',
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT_ID,
  OIDC_CLIENT_SECRET: CLIENT_SECRET,
  SAML_IDP_METADATA: idp.metadataFile,
});

beforeAll(async () => {
  provider = await new OddProvider().start();
  idp = await new SamlIdp().start();
  gateway = await startGateway(settings());
});
afterAll(async () => {
  await gateway.stop();
  await provider.stop();
  await idp.stop();
});

const ELSEWHERE = [
  'https://evil.example',
  'http://evil.example/playground',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/x/..//evil.example',
  '/%2e//evil.example',
  '/./\\evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,evil',
  'https:evil.example',
  'http:/evil.example',
  'evil.example',
  '@evil.example',
  '.evil.example',
  '',
  '?x=//evil.example',
  '#//evil.example',
  '/playground\r\nSet-Cookie: evil=1',
  '/playground\0.evil.example',
  '/\u2028/evil.example',
  '/playground/\u202e',
  '／／evil.example',
  `/${'a'.repeat(3000)}`,
];

const HERE = ['/', '/playground', '/playground?session=1&x=//y', '/playground#part', '/%2F%2Fevil.example', '/a/b/../c', '/@evil.example', '/https://evil.example'];

describe('after signing in a browser goes', () => {
  it.each(ELSEWHERE)('never elsewhere: %j', async (returnTo) => {
    for (const method of ['oidc', 'saml']) {
      const visitor = new Visitor(gateway);
      const reply = await visitor.get(`/auth/login?${new URLSearchParams({ method, returnTo })}`);
      expect(reply.problem).toMatchObject({ code: 'validation_failed', errors: [{ path: 'returnTo' }] });
      expect(reply.setCookies).toEqual([]);
      await refusals.expectOne(visitor.address, 'validation_failed');
    }
  });

  it.each(HERE)('to an address of ours: %j', async (returnTo) => {
    const visitor = new Visitor(gateway);
    const begun = await visitor.get(`/auth/login?${new URLSearchParams({ returnTo })}`);
    const { code, state } = provider.authorize(begun.location ?? '');
    const { location } = await visitor.get(`/auth/callback?code=${code}&state=${state}`);
    expect(new URL(location ?? '').origin).toBe(gateway.url);
    expect(location).toBe(new URL(returnTo, gateway.url).href);
  });

  it('nowhere, when the address is given twice', async () => {
    const visitor = new Visitor(gateway);
    const reply = await visitor.get('/auth/login?returnTo=/playground&returnTo=//evil.example');
    expect(reply.problem).toMatchObject({ code: 'validation_failed' });
    await refusals.expectOne(visitor.address, 'validation_failed');
  });
});

describe('signing in by a provider', () => {
  it('is told to pages: which kinds there are', async () => {
    expect(JSON.parse((await new Visitor(gateway).get('/auth/methods')).text)).toEqual({ methods: ['oidc', 'saml'] });
    const bare = await startGateway();
    try {
      const visitor = new Visitor(bare);
      expect(JSON.parse((await visitor.get('/auth/methods')).text)).toEqual({ methods: [] });
      for (const path of ['/auth/login', '/auth/login?method=saml', '/auth/callback?code=x&state=y', '/auth/saml/metadata', '/auth/saml/acs?answer=x']) {
        expect((await visitor.get(path)).problem).toMatchObject({ code: 'not_found' });
      }
      expect((await visitor.post('/auth/saml/acs', 'SAMLResponse=QQ%3D%3D')).problem).toMatchObject({ code: 'not_found' });
    } finally {
      await bare.stop();
    }
  });

  it('begins at OpenID Connect when both are there, and where it is told', async () => {
    const visitor = new Visitor(gateway);
    expect((await visitor.get('/auth/login')).location).toContain(provider.issuer);
    expect((await visitor.get('/auth/login?method=saml')).location).toContain('https://idp.example/sso');
    expect((await visitor.get('/auth/login?method=evil')).problem).toMatchObject({ code: 'validation_failed' });
  });

  it('begins again at our own address for who came by another name of this machine', async () => {
    const { port } = new URL(gateway.url);
    const visitor = new Visitor({ url: `http://localhost:${port}` });
    const reply = await visitor.get('/auth/login?method=oidc&returnTo=/playground');
    expect(reply).toMatchObject({ status: 303, location: `${gateway.url}/auth/login?method=oidc&returnTo=/playground`, setCookies: [] });
  });

  it('is refused over plain http to anything but this machine, with a page that says why', async () => {
    const open = await startGateway({ ...settings(), PUBLIC_URL: 'http://parley.example' });
    try {
      const visitor = new Visitor(onLoopback(open));
      for (const path of ['/auth/login', '/auth/login?method=saml', '/auth/callback?code=x&state=y', '/auth/saml/acs?answer=x']) {
        const asProgram = await visitor.get(path);
        expect(asProgram.problem).toMatchObject({ code: 'permission_denied', detail: expect.stringContaining('https') });
        const asBrowser = await visitor.get(path, { accept: 'text/html,application/xhtml+xml' });
        expect(asBrowser).toMatchObject({ status: 403, type: 'text/html; charset=utf-8', setCookies: [] });
        expect(asBrowser.text).toContain('Signing in needs https');
      }
      expect((await visitor.post('/auth/saml/acs', 'SAMLResponse=QQ%3D%3D')).problem).toMatchObject({ code: 'permission_denied' });
    } finally {
      await open.stop();
    }
  });

  it('shows a refusal to a browser as a page without code, in which nothing of a stranger stands', async () => {
    const reply = await new Visitor(gateway).get('/auth/callback?error=<script>evil</script>&state=<b>', { accept: 'text/html' });
    expect(reply.status).toBe(401);
    expect(reply.text).not.toMatch(/evil|<script|<b>/);
    expect(reply.text).toContain('Begin again');
  });

  it('can be begun sixty times a minute from one address, not more', async () => {
    const visitor = new Visitor(gateway);
    const replies = await Promise.all(Array.from({ length: 70 }, () => visitor.get('/auth/login?method=saml')));
    expect(replies.filter(({ status }) => status === 303)).toHaveLength(60);
    expect(replies.filter(({ problem }) => problem?.code === 'rate_limited')).toHaveLength(10);
  });
});

const OIDC = { OIDC_ISSUER: 'https://idp.example', OIDC_CLIENT_ID: 'x' };

function linesOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

describe('the start is stopped with a line by', () => {
  it.each([
    ['an issuer without a client', { OIDC_ISSUER: 'https://idp.example' }, 'OIDC_CLIENT_ID: required with OIDC_ISSUER'],
    ['a client without an issuer', { OIDC_CLIENT_ID: 'x' }, 'OIDC_CLIENT_ID: needs OIDC_ISSUER'],
    ['a role claim without an issuer', { OIDC_ROLE_CLAIM: 'x' }, 'OIDC_ROLE_CLAIM: needs OIDC_ISSUER'],
    ['an issuer in the clear', { OIDC_ISSUER: 'http://idp.example', OIDC_CLIENT_ID: 'x' }, 'OIDC_ISSUER: must be an https URL'],
    ['an issuer that looks like this machine', { OIDC_ISSUER: 'http://127.0.0.1.evil.example', OIDC_CLIENT_ID: 'x' }, 'OIDC_ISSUER: must be'],
    ['an issuer that is none', { OIDC_ISSUER: 'idp.example', OIDC_CLIENT_ID: 'x' }, 'OIDC_ISSUER: must be'],
    ['a domain with an at sign', { ...OIDC, OIDC_ALLOWED_DOMAINS: '@example.com' }, 'OIDC_ALLOWED_DOMAINS: each must be'],
    ['a domain with a wildcard', { ...OIDC, OIDC_ALLOWED_DOMAINS: '*.example.com' }, 'OIDC_ALLOWED_DOMAINS: each must be'],
    ['a domain in other letters', { ...OIDC, OIDC_ALLOWED_DOMAINS: 'bücher.example' }, 'OIDC_ALLOWED_DOMAINS: each must be'],
    ['a list of no domain', { ...OIDC, OIDC_ALLOWED_DOMAINS: ' , ' }, 'OIDC_ALLOWED_DOMAINS: names no domain'],
    ['SAML details without metadata', { SAML_ENTITY_ID: 'x' }, 'SAML_ENTITY_ID: needs SAML_IDP_METADATA'],
    ['metadata fetched in the clear', { SAML_IDP_METADATA: 'http://idp.example/metadata' }, 'SAML_IDP_METADATA: must be a file or an https URL'],
  ])('%s', (_title, env, line) => {
    expect(linesOf(env)).toEqual([expect.stringContaining(line)]);
  });

  it('a metadata file that is not there or holds no provider', async () => {
    for (const file of ['/nowhere/idp.xml', new URL(import.meta.url).pathname]) {
      await expect(startGateway({ SAML_IDP_METADATA: file })).rejects.toThrow(/^SAML_IDP_METADATA: the file cannot be used/);
    }
  });
});
