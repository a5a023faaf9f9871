import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '#libs/contracts';
import { Refusals } from '../audit/refusals.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { hs256, rs256, unsigned } from './support/jwt.js';
import { CLIENT_ID, CLIENT_SECRET, OddProvider, type Oddity } from './support/odd-provider.js';
import { OWN_ADDRESSES, Visitor, type Reply } from './support/visitor.js';

let provider: OddProvider;
let gateway: StartedGateway;
const refusals = new Refusals(() => gateway);

beforeAll(async () => {
  provider = await new OddProvider().start();
  gateway = await startGateway({
    ...OWN_ADDRESSES,
    LOG_LEVEL: 'silent',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OIDC_ALLOWED_DOMAINS: 'example.com,xn--bcher-kva.example',
  });
  await signIn(new Visitor(gateway));
});
afterEach(() => {
  provider.oddity = {};
});
afterAll(async () => {
  await gateway.stop();
  await provider.stop();
});

async function begin(visitor: Visitor): Promise<{ code: string; state: string }> {
  const { location } = await visitor.get('/auth/login');
  return provider.authorize(location ?? '');
}

async function signIn(visitor: Visitor): Promise<Reply> {
  const { code, state } = await begin(visitor);
  return visitor.get(`/auth/callback?code=${code}&state=${state}`);
}

/** Refused for this reason, once, also as the audit log tells it; nothing is opened and nothing of the stranger said. */
async function expectRefusal(visitor: Visitor, reply: Reply, code: ErrorCode, told = refusals): Promise<void> {
  expect(reply.problem).toMatchObject({ code });
  await told.expectOne(visitor.address, code);
  expect(visitor.cookies.has('parley')).toBe(false);
  expect(reply.text).not.toMatch(/eyJ|an-access-token|mallory|evil/);
  expect((await visitor.get('/auth/me')).status).toBe(401);
}

const now = () => Math.floor(Date.now() / 1000);
const publicPem = (odd: OddProvider) => createPublicKey({ key: odd.key.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const byForeignKey: Oddity['token'] = (header, claims, odd) => rs256(header, claims, odd.foreignKey);

const SIGNATURES: readonly [string, Oddity][] = [
  ['alg none', { token: (header, claims) => unsigned({ ...header, alg: 'none' }, claims) }],
  ['alg None, in another case', { token: (header, claims) => unsigned({ ...header, alg: 'None' }, claims) }],
  ['alg none, though the right signature follows', { header: { alg: 'none' } }],
  ['no alg at all', { header: { alg: undefined } }],
  ['alg as a list', { header: { alg: ['RS256'] } }],
  ['HS256 with the public key as PEM', { token: (header, claims, odd) => hs256({ ...header, alg: 'HS256' }, claims, publicPem(odd)) }],
  ['HS256 with the modulus of the public key', { token: (header, claims, odd) => hs256({ ...header, alg: 'HS256' }, claims, odd.key.publicJwk.n ?? '') }],
  ['HS256 with the client secret', { token: (header, claims) => hs256({ ...header, alg: 'HS256' }, claims, CLIENT_SECRET) }],
  ['HS256 with an empty secret', { token: (header, claims) => hs256({ ...header, alg: 'HS256' }, claims, '') }],
  ['HS512, said to be RS256', { token: (header, claims) => hs256(header, claims, CLIENT_SECRET) }],
  ['PS256 in the header of an RS256 signature', { header: { alg: 'PS256' } }],
  ['RS512 in the header of an RS256 signature', { header: { alg: 'RS512' } }],
  ['a foreign key under the right name', { token: byForeignKey }],
  ['a foreign key under its own name', { header: { kid: 'foreign' }, token: byForeignKey }],
  ['a foreign key without a name', { header: { kid: undefined }, token: byForeignKey }],
  ['its own key in the header (jwk)', { token: (header, claims, odd) => rs256({ ...header, jwk: odd.foreignKey.publicJwk }, claims, odd.foreignKey) }],
  ['its own key at an address (jku)', { token: (header, claims, odd) => rs256({ ...header, jku: `${odd.issuer}/evil/jwks` }, claims, odd.foreignKey) }],
  ['its own certificate at an address (x5u)', { token: (header, claims, odd) => rs256({ ...header, x5u: `${odd.issuer}/evil/x5u` }, claims, odd.foreignKey) }],
  ['its own certificate in the header (x5c)', { token: (header, claims, odd) => rs256({ ...header, x5c: ['MIIB'] }, claims, odd.foreignKey) }],
  ['a name of a file (kid)', { header: { kid: '../../../dev/null' }, token: byForeignKey }],
  ['a name of SQL (kid)', { header: { kid: "' OR '1'='1" }, token: byForeignKey }],
  ['an extension that must be understood (crit)', { header: { crit: ['evil'], evil: true } }],
  ['a payload changed after it was signed', { token: (header, claims, odd) => withPayload(rs256(header, claims, odd.key), { ...claims, sub: 'mallory' }) }],
  ['the last letter of the signature cut off', { token: (header, claims, odd) => rs256(header, claims, odd.key).slice(0, -4) }],
  ['an empty signature', { token: (header, claims) => unsigned(header, claims) }],
  ['two parts instead of three', { token: (header, claims) => unsigned(header, claims).slice(0, -1) }],
  ['five parts, as if it were encrypted', { token: (header, claims, odd) => `${rs256(header, claims, odd.key)}.e.f` }],
  ['no text', { token: () => 42 }],
  ['nothing', { token: () => undefined }],
  ['the signing key withdrawn', { header: { kid: 'withdrawn' }, token: byForeignKey }],
];

const CLAIMS: readonly [string, Oddity][] = [
  ['another issuer', { claims: { iss: 'https://evil.example' } }],
  ['the issuer with a slash more', { token: (header, claims, odd) => rs256(header, { ...claims, iss: `${odd.issuer}/` }, odd.key) }],
  ['no issuer', { claims: { iss: undefined } }],
  ['another audience', { claims: { aud: 'another-client' } }],
  ['an audience that begins like ours', { claims: { aud: `${CLIENT_ID}-evil` } }],
  ['no audience', { claims: { aud: undefined } }],
  ['an empty list of audiences', { claims: { aud: [] } }],
  ['several audiences and nobody it was given to', { claims: { aud: [CLIENT_ID, 'another-client'] } }],
  ['several audiences, given to another', { claims: { aud: [CLIENT_ID, 'another-client'], azp: 'another-client' } }],
  ['our audience, given to another', { claims: { azp: 'another-client' } }],
  ['another nonce', { claims: { nonce: 'evil' } }],
  ['no nonce', { claims: { nonce: undefined } }],
  ['a list as nonce', { claims: { nonce: ['evil'] } }],
  ['a time that is over', { claims: { exp: now() - 3600 } }],
  ['no end', { claims: { exp: undefined } }],
  ['an end in words', { claims: { exp: 'never' } }],
  ['a time that has not come (nbf)', { claims: { nbf: now() + 3600 } }],
  ['a birth in the future (iat)', { claims: { iat: now() + 3600, exp: now() + 7200 } }],
  ['no birth', { claims: { iat: undefined } }],
  ['no subject', { claims: { sub: undefined } }],
  ['an empty subject', { claims: { sub: '' } }],
  ['a number as subject', { claims: { sub: 7 } }],
  ['a subject longer than a subject may be', { claims: { sub: 'x'.repeat(300) } }],
  ['userinfo of somebody else', { claims: { email: undefined, email_verified: undefined }, userInfo: { sub: 'mallory', email: 'mallory@example.com', email_verified: true } }],
];

const ADDRESSES: readonly [string, Record<string, unknown>][] = [
  ['not verified', { email_verified: false }],
  ['nothing said about verified', { email_verified: undefined }],
  ['verified in words', { email_verified: 'true' }],
  ['verified as a number', { email_verified: 1 }],
  ['no address', { email: null, email_verified: true }],
  ['another domain', { email: 'alice@evil.example' }],
  ['a sub-domain', { email: 'alice@sub.example.com' }],
  ['a domain that ends alike', { email: 'alice@notexample.com' }],
  ['a domain that begins alike', { email: 'alice@example.com.evil.example' }],
  ['a trailing dot', { email: 'alice@example.com.' }],
  ['two at signs', { email: 'alice@evil.example@example.com' }],
  ['a quoted at sign', { email: '"alice@evil.example"@example.com' }],
  ['a Cyrillic letter that looks like a', { email: 'alice@exаmple.com' }],
  ['a full-width letter that folds to e', { email: 'alice@ｅxample.com' }],
  ['a Kelvin sign and a long s', { email: 'alice@exampleſ.com' }],
  ['a full-width at sign', { email: 'alice＠example.com' }],
  ['a zero-width space', { email: 'alice@exam\u200bple.com' }],
  ['a space behind', { email: 'alice@example.com ' }],
  ['a line end and another address', { email: 'alice@evil.example\nbob@example.com' }],
  ['a NUL in the middle', { email: 'alice@example.com\0.evil.example' }],
  ['a list of addresses', { email: ['alice@example.com'] }],
  ['the script of a domain whose ASCII form is allowed', { email: 'alice@bücher.example' }],
  ['only the domain', { email: '@example.com' }],
  ['longer than an address may be', { email: `${'a'.repeat(250)}@example.com` }],
];

function withPayload(token: string, claims: object): string {
  const [header, , signature] = token.split('.');
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
}

describe('an ID token is refused that has', () => {
  it.each([...SIGNATURES, ...CLAIMS])('%s', async (_title, oddity) => {
    provider.oddity = oddity;
    const visitor = new Visitor(gateway);
    await expectRefusal(visitor, await signIn(visitor), 'unauthenticated');
    expect(provider.strayRequests).toEqual([]);
  });
});

describe('an account is refused whose address has', () => {
  it.each(ADDRESSES)('%s', async (_title, claims) => {
    provider.oddity = { claims };
    const visitor = new Visitor(gateway);
    await expectRefusal(visitor, await signIn(visitor), 'permission_denied');
  });

  it('its verification in another place than the address itself', async () => {
    provider.oddity = { claims: { email: undefined, email_verified: true }, userInfo: { email: 'alice@example.com' } };
    const visitor = new Visitor(gateway);
    await expectRefusal(visitor, await signIn(visitor), 'permission_denied');
  });
});

interface Callback {
  readonly visitor: Visitor;
  readonly code: string;
  readonly state: string;
}

const back = (visitor: Visitor, query: string): Promise<Reply> => visitor.get(`/auth/callback?${query}`);

const CALLBACKS: readonly [string, ErrorCode, (callback: Callback) => Promise<Reply>][] = [
  ['no state', 'unauthenticated', ({ visitor, code }) => back(visitor, `code=${code}`)],
  ['an empty state', 'unauthenticated', ({ visitor, code }) => back(visitor, `code=${code}&state=`)],
  ['a state that was made up', 'unauthenticated', ({ visitor, code }) => back(visitor, `code=${code}&state=evil`)],
  ['the state of another browser', 'unauthenticated', async ({ visitor, code }) => back(visitor, `code=${code}&state=${(await begin(new Visitor(gateway))).state}`)],
  ['code and state of another browser', 'unauthenticated', async ({ visitor }) => {
    const foreign = await begin(new Visitor(gateway));
    return back(visitor, `code=${foreign.code}&state=${foreign.state}`);
  }],
  ['the code of another browser', 'unauthenticated', async ({ visitor, state }) => back(visitor, `code=${(await begin(new Visitor(gateway))).code}&state=${state}`)],
  ['two states', 'validation_failed', ({ visitor, code, state }) => back(visitor, `code=${code}&state=${state}&state=evil`)],
  ['two codes', 'validation_failed', ({ visitor, code, state }) => back(visitor, `code=${code}&code=evil&state=${state}`)],
  ['no code', 'validation_failed', ({ visitor, state }) => back(visitor, `state=${state}`)],
  ['nothing', 'validation_failed', ({ visitor }) => visitor.get('/auth/callback')],
  ['a made-up code', 'unauthenticated', ({ visitor, state }) => back(visitor, `code=evil&state=${state}`)],
  ['tokens in the address', 'validation_failed', ({ visitor, state }) => back(visitor, `id_token=eyJ.e.y&access_token=evil&state=${state}`)],
  ['a token beside the code', 'unauthenticated', ({ visitor, code, state }) => back(visitor, `code=${code}&state=${state}&id_token=eyJ.e.y`)],
  ['the issuer of another provider (mix-up)', 'unauthenticated', ({ visitor, code, state }) => back(visitor, `code=${code}&state=${state}&iss=https://evil.example`)],
  ['an error of the provider', 'unauthenticated', ({ visitor, state }) => back(visitor, `error=login_required&error_description=evil&state=${state}`)],
  ['a denial by the provider', 'permission_denied', ({ visitor, state }) => back(visitor, `error=access_denied&error_description=evil&state=${state}`)],
  ['trouble at the provider', 'provider_error', ({ visitor, state }) => back(visitor, `error=temporarily_unavailable&state=${state}`)],
  ['no cookie', 'unauthenticated', ({ visitor, code, state }) => {
    visitor.cookies.clear();
    return back(visitor, `code=${code}&state=${state}`);
  }],
  ['a cookie that was made up', 'unauthenticated', ({ visitor, code, state }) => {
    visitor.cookies.set('parley-oidc', 'evil');
    return back(visitor, `code=${code}&state=${state}`);
  }],
  ['the cookie twice', 'unauthenticated', ({ visitor, code, state }) => {
    visitor.cookies.set('other=1; parley-oidc', 'evil');
    return back(visitor, `code=${code}&state=${state}`);
  }],
  ['a cookie under the secure name', 'unauthenticated', ({ visitor, code, state }) => {
    visitor.cookies.set('__Host-parley-oidc', visitor.cookies.get('parley-oidc') ?? '');
    visitor.cookies.delete('parley-oidc');
    return back(visitor, `code=${code}&state=${state}`);
  }],
  ['a sign-in that was begun again since', 'unauthenticated', async ({ visitor, code, state }) => {
    await begin(visitor);
    return back(visitor, `code=${code}&state=${state}`);
  }],
];

describe('a callback is refused with', () => {
  it.each(CALLBACKS)('%s: %s', async (_title, code, come) => {
    const visitor = new Visitor(gateway);
    const reply = await come({ visitor, ...(await begin(visitor)) });
    await expectRefusal(visitor, reply, code);
  });

  it('what was used already, by the same browser and after its cookie is planted again', async () => {
    const visitor = new Visitor(gateway);
    const { code, state } = await begin(visitor);
    const binding = visitor.cookies.get('parley-oidc') ?? '';
    expect((await back(visitor, `code=${code}&state=${state}`)).status).toBe(303);
    const again = new Visitor(gateway);
    again.cookies.set('parley-oidc', binding);
    await expectRefusal(again, await again.get(`/auth/callback?code=${code}&state=${state}`), 'unauthenticated');
  });

  it('a wrong state, and the right one after it still works: nobody spoils the sign-in of another', async () => {
    const visitor = new Visitor(gateway);
    const { code, state } = await begin(visitor);
    expect((await back(visitor, `code=${code}&state=evil`)).status).toBe(401);
    await refusals.expectOne(visitor.address, 'unauthenticated');
    expect((await back(visitor, `code=${code}&state=${state}`)).status).toBe(303);
  });

  it('anything, once ten of an address failed in a minute', async () => {
    const visitor = new Visitor(gateway);
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await visitor.get('/auth/callback?code=x&state=x')).status).toBe(401);
    await refusals.expectGrown(visitor.address, { 401: 10 });
    await expectRefusal(visitor, await visitor.get('/auth/callback?code=x&state=x'), 'rate_limited');
  });
});

const ANSWERS: readonly [string, ErrorCode, Oddity][] = [
  ['fails', 'provider_error', { down: 'token' }],
  ['hangs up', 'provider_error', { down: 'hangs-up' }],
  ['answers with a page', 'unauthenticated', { answer: { type: 'text/html', body: '<h1>evil</h1>' } }],
  ['answers with half of JSON', 'unauthenticated', { answer: { body: '{"access_token":' } }],
  ['answers with far too much', 'provider_error', { answer: { body: ' '.repeat(2_000_000) } }],
  ['sends elsewhere', 'unauthenticated', { answer: { status: 302, body: '' } }],
  ['refuses our client', 'provider_auth', { answer: { status: 401, body: '{"error":"invalid_client"}' } }],
  ['gives no ID token', 'unauthenticated', { answer: { body: '{"access_token":"a","token_type":"Bearer"}' } }],
];

describe('nobody comes in while the provider', () => {
  it.each(ANSWERS)('%s: %s', async (_title, code, oddity) => {
    const visitor = new Visitor(gateway);
    const callback = await begin(visitor);
    provider.oddity = oddity;
    await expectRefusal(visitor, await back(visitor, `code=${callback.code}&state=${callback.state}`), code);
  });
});

describe('a provider that is down', () => {
  it('does not stop the start, opens nothing, and is asked again as soon as it is back', async () => {
    provider.oddity = { down: 'discovery' };
    const fresh = await startGateway({ ...OWN_ADDRESSES, LOG_LEVEL: 'silent', OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: CLIENT_ID, OIDC_CLIENT_SECRET: CLIENT_SECRET });
    try {
      const visitor = new Visitor(fresh);
      const down = await visitor.get('/auth/login');
      expect(down.problem).toMatchObject({ code: 'provider_error', detail: expect.stringContaining('identity provider') });
      expect(down.setCookies).toEqual([]);
      const told = new Refusals(() => fresh);
      await told.expectOne(visitor.address, 'provider_error');
      provider.oddity = {};
      const { location } = await visitor.get('/auth/login');
      const { code, state } = provider.authorize(location ?? '');
      provider.oddity = { down: 'jwks' };
      await expectRefusal(visitor, await back(visitor, `code=${code}&state=${state}`), 'provider_error', told);
    } finally {
      await fresh.stop();
    }
  });

  it('that speaks for another issuer is not believed', async () => {
    provider.oddity = { discovery: { issuer: 'https://evil.example' } };
    const fresh = await startGateway({ ...OWN_ADDRESSES, LOG_LEVEL: 'silent', OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: CLIENT_ID });
    try {
      const visitor = new Visitor(fresh);
      await expectRefusal(visitor, await visitor.get('/auth/login'), 'unauthenticated', new Refusals(() => fresh));
    } finally {
      await fresh.stop();
    }
  });
});
