import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../auth/caller.js';
import { CLIENT_ID, OddProvider } from '../sso/support/odd-provider.js';
import { SamlIdp } from '../sso/support/saml-idp.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
let provider: OddProvider;
let idp: SamlIdp;
beforeAll(async () => {
  provider = await new OddProvider().start();
  idp = await new SamlIdp().start();
  gateway = await startGateway({
    LOG_LEVEL: 'silent',
    TRUST_PROXY: '127.0.0.1,::1',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    SAML_IDP_METADATA: idp.metadataFile,
  });
});
afterAll(async () => {
  await gateway.stop();
  await provider.stop();
  await idp.stop();
});

let callers = 0;

/** Makes the call from an address of its own; the statuses that the audit log then tells of that address. */
async function countedFor(method: string, path: string, options: { key?: string | null; body?: unknown; form?: string; headers?: Record<string, string> } = {}) {
  const address = `203.0.113.${++callers}`;
  const { key, body, form, headers = {} } = options;
  const from = { ...headers, 'x-forwarded-for': address };
  if (form === undefined) await call(gateway, method, path, { ...(key === undefined ? {} : { key }), ...(body === undefined ? {} : { body }), headers: from });
  else await fetch(gateway.url + path, { method, body: form, headers: { ...from, 'content-type': 'application/x-www-form-urlencoded' } });
  const { body: log } = await call(gateway, 'GET', '/api/v1/audit?action=call.refused&limit=200');
  const entries: { address: string; after: { counts: Record<string, number> } }[] = JSON.parse(JSON.stringify(log.items));
  return entries.filter((entry) => entry.address === address).map(({ after }) => after.counts);
}

describe('the audit log tells, by address, of', () => {
  it.each<[string, string, string, Parameters<typeof countedFor>[2], Record<string, number>]>([
    ['a call without a credential', 'GET', '/api/v1/keys', { key: null }, { 401: 1 }],
    ['a wrong key', 'GET', '/api/v1/keys', { key: 'pk_12345678_'.padEnd(55, 'x') }, { 401: 1 }],
    ['a wrong user\'s token', 'GET', '/api/v1/keys', { key: null, headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } }, { 401: 1 }],
    ['a sign-in with a wrong key', 'POST', '/auth/api-key', { key: null, body: { apiKey: 'nonsense' } }, { 401: 1 }],
    ['a sign-in with a wrong link', 'POST', '/auth/link', { key: null, body: { token: 'nonsense' } }, { 401: 1 }],
    ['a sign-in that would lead elsewhere', 'GET', '/auth/login?returnTo=//evil.example', { key: null }, { 400: 1 }],
    ['a sign-in by a way that there is not', 'GET', '/auth/login?method=evil', { key: null }, { 400: 1 }],
    ['an answer of OpenID Connect that nobody asked for', 'GET', '/auth/callback?code=x&state=y', { key: null }, { 401: 1 }],
    ['an answer of OpenID Connect that is none', 'GET', '/auth/callback?code=x&code=y', { key: null }, { 400: 1 }],
    ['a SAML response that is none', 'POST', '/auth/saml/acs', { form: 'SAMLResponse=%21' }, { 400: 1 }],
    ['a SAML response with a DTD', 'POST', '/auth/saml/acs', { form: `SAMLResponse=${encodeURIComponent(Buffer.from('<!DOCTYPE a><a/>').toString('base64'))}` }, { 400: 1 }],
    ['a SAML answer that was not laid by', 'GET', '/auth/saml/acs?answer=x', { key: null }, { 401: 1 }],
    ['a callback to a private address', 'POST', '/api/v1/channels/callback/secrets', { body: { url: 'https://10.0.0.1/hook' } }, { 400: 1 }],
    ['keys of an issuer at the address of a cloud\'s metadata', 'POST', '/api/v1/tenants/default/issuers', { body: { issuer: 'x', audience: 'y', jwksUrl: 'http://169.254.169.254/' } }, { 400: 1 }],
    ['a sign-in by a foreign page', 'POST', '/auth/api-key', { key: null, body: { apiKey: 'x' }, headers: { origin: 'https://evil.example' } }, { 403: 1 }],
  ])('%s', async (_what, method, path, options, counts) => {
    expect(await countedFor(method, path, options)).toEqual([counts]);
  });

  it('no address that only asked for something badly', async () => {
    expect(await countedFor('POST', '/api/v1/messages', { body: { content: '' } })).toEqual([]);
    expect(await countedFor('GET', '/api/v1/sessions/nonsense')).toEqual([]);
  });
});
