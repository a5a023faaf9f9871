import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hs256, rs256, signingKey, unsigned } from '../sso/support/jwt.js';
import { Refusals } from '../audit/refusals.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call } from './caller.js';
import { AUDIENCE, TokenIssuer } from './token-issuer.js';

let gateway: StartedGateway;
const refusals = new Refusals(() => gateway);
let issuer: TokenIssuer;
const foreign = signingKey('foreign');
const named = signingKey('first');
beforeAll(async () => {
  gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true', TRUST_PROXY: '127.0.0.1,::1' });
  issuer = await new TokenIssuer().start();
  const made = await call(gateway, 'POST', '/api/v1/tenants/default/issuers', { body: { issuer: issuer.url, audience: AUDIENCE } });
  expect(made.status).toBe(201);
});
afterAll(async () => {
  await gateway.stop();
  await issuer.stop();
});

const me = (token: string, headers: Record<string, string> = {}) => call(gateway, 'GET', '/auth/me', { key: null, headers: { ...headers, authorization: `Bearer ${token}` } });
const STRANGER = '203.0.113.66';
const header = (more: object = {}) => ({ alg: 'RS256', kid: issuer.key.publicJwk.kid, typ: 'JWT', ...more });
const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const pem = () => createPublicKey({ key: issuer.key.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });

/** Signed as the issuer would, whatever stands in the two parts. */
function signedRaw(head: string, body: string): string {
  const input = `${part(head)}.${part(body)}`;
  return `${input}.${sign('sha256', Buffer.from(input), issuer.key.privateKey).toString('base64url')}`;
}

function without(claim: string): string {
  return issuer.token({ [claim]: undefined });
}

const WRONG: readonly (readonly [string, () => string])[] = [
  // who signed
  ['alg none, no signature', () => unsigned(header({ alg: 'none' }), issuer.claims())],
  ['alg None', () => unsigned(header({ alg: 'None' }), issuer.claims())],
  ['alg nOnE with the signature of another', () => rs256(header({ alg: 'nOnE' }), issuer.claims(), foreign)],
  ['alg none over a right signature', () => issuer.token({}, { alg: 'none' })],
  ['alg empty', () => issuer.token({}, { alg: '' })],
  ['no alg', () => issuer.token({}, { alg: undefined })],
  ['alg a list', () => issuer.token({}, { alg: ['RS256'] })],
  ['no signature', () => `${issuer.token().split('.').slice(0, 2).join('.')}.`],
  ['HS256 with the public key as PEM', () => hs256(header({ alg: 'HS256' }), issuer.claims(), pem())],
  ['HS256 with the modulus', () => hs256(header({ alg: 'HS256' }), issuer.claims(), Buffer.from(issuer.key.publicJwk.n ?? '', 'base64url'))],
  ['HS256 with an empty secret', () => hs256(header({ alg: 'HS256' }), issuer.claims(), '')],
  ['HS512 over a right signature', () => issuer.token({}, { alg: 'HS512' })],
  ['an algorithm that was not registered', () => issuer.token({}, { alg: 'RS512' })],
  ['ES256 over an RSA signature', () => issuer.token({}, { alg: 'ES256' })],
  ['a foreign key', () => rs256(header(), issuer.claims(), foreign)],
  ['a foreign key under the name of a right one', () => issuer.token({}, {}, named)],
  ['a foreign key that names itself', () => issuer.token({}, { kid: 'foreign' }, foreign)],
  ['the issuer\'s own key under another name', () => issuer.token({}, { kid: 'else' })],
  ['a name of a key that is a path', () => issuer.token({}, { kid: '../../dev/null' })],
  ['jwk in the header, signed with it', () => issuer.token({}, { jwk: foreign.publicJwk }, foreign)],
  ['jwk in the header, the right one', () => issuer.token({}, { jwk: issuer.key.publicJwk })],
  ['jku in the header', () => issuer.token({}, { jku: `${issuer.url}/elsewhere` }, foreign)],
  ['x5u in the header', () => issuer.token({}, { x5u: `${issuer.url}/elsewhere` }, foreign)],
  ['x5c of another', () => issuer.token({}, { x5c: ['MIIB'] }, foreign)],
  ['crit that nobody knows', () => issuer.token({}, { crit: ['exp'], exp: 1 })],
  ['an unencoded body', () => issuer.token({}, { crit: ['b64'], b64: false })],
  ['one changed letter of the body', () => issuer.token().replace(/\.(.)/, (_all, letter: string) => `.${letter === 'e' ? 'f' : 'e'}`)],
  ['the body of another token', () => {
    const [head, , signature] = issuer.token().split('.');
    return `${head}.${issuer.token({ sub: 'eve' }).split('.')[1]}.${signature}`;
  }],
  ['one changed letter of the signature', () => issuer.token().replace(/.{2}$/, (end) => (end === 'AA' ? 'BB' : 'AA'))],
  ['a cut signature', () => issuer.token().slice(0, -20)],
  // for what
  ['typ of a log-out token', () => issuer.token({}, { typ: 'logout+jwt' })],
  ['typ of a proof', () => issuer.token({}, { typ: 'dpop+jwt' })],
  ['typ of an event', () => issuer.token({}, { typ: 'secevent+jwt' })],
  ['typ that is no text', () => issuer.token({}, { typ: 7 })],
  // of whom
  ['another issuer', () => issuer.token({ iss: 'https://else.example' })],
  ['the issuer with a slash more', () => issuer.token({ iss: `${issuer.url}/` })],
  ['the issuer in capitals', () => issuer.token({ iss: issuer.url.toUpperCase() })],
  ['the issuer as a list', () => issuer.token({ iss: [issuer.url] })],
  ['no issuer', () => without('iss')],
  // for whom
  ['another audience', () => issuer.token({ aud: 'parley-of-others' })],
  ['the audience with a letter more', () => issuer.token({ aud: `${AUDIENCE}x` })],
  ['a list of other audiences', () => issuer.token({ aud: ['a', 'b'] })],
  ['an empty list of audiences', () => issuer.token({ aud: [] })],
  ['the audience in an object', () => issuer.token({ aud: { 0: AUDIENCE } })],
  ['more audiences than anybody has', () => issuer.token({ aud: [...Array<string>(64).fill('x'), AUDIENCE] })],
  ['no audience', () => without('aud')],
  // when
  ['expired', () => issuer.token({ exp: now() - 1 })],
  ['expired within the tolerance for clocks', () => issuer.token({ iat: now() - 90, exp: now() - 30 })],
  ['an end as text', () => issuer.token({ exp: String(now() + 300) })],
  ['an end before all time', () => issuer.token({ exp: -1 })],
  ['an end beyond all dates', () => issuer.token({ exp: 1e300 })],
  ['no end', () => without('exp')],
  ['not yet', () => issuer.token({ nbf: now() + 120 })],
  ['nbf as text', () => issuer.token({ nbf: 'soon' })],
  ['made in the future', () => issuer.token({ iat: now() + 120 })],
  ['iat as text', () => issuer.token({ iat: 'now' })],
  ['no iat', () => without('iat')],
  // about whom
  ['no subject', () => without('sub')],
  ['an empty subject', () => issuer.token({ sub: '' })],
  ['a subject that is a number', () => issuer.token({ sub: 7 })],
  ['a subject that is an object', () => issuer.token({ sub: { id: 'ada' } })],
  ['a subject of 129 letters', () => issuer.token({ sub: 'a'.repeat(129) })],
  ['a subject inherited by __proto__', () => signedRaw(JSON.stringify(header()), JSON.stringify({ ...issuer.claims(), sub: undefined }).replace('{', '{"__proto__":{"sub":"ada"},'))],
  // forms
  ['a body that is a list', () => signedRaw(JSON.stringify(header()), '[]')],
  ['a body that is null', () => signedRaw(JSON.stringify(header()), 'null')],
  ['a body that is no JSON', () => signedRaw(JSON.stringify(header()), '{')],
  ['a header that is no JSON', () => signedRaw('{"alg":"RS256"', JSON.stringify(issuer.claims()))],
  ['five parts, as of an encrypted token', () => `${issuer.token()}.e30.e30`],
  ['two parts', () => issuer.token().split('.').slice(0, 2).join('.')],
  ['padding', () => issuer.token().split('.').map((one) => `${one}=`).join('.')],
  ['a blank inside', () => issuer.token().replace('.', '. ')],
  ['8 KiB and more', () => issuer.token({ padding: 'x'.repeat(8192) })],
];

describe('a user\'s token that is not right', () => {
  it.each(WRONG)('is refused: %s', async (_what, make) => {
    const answer = await me(make(), { 'x-forwarded-for': STRANGER });
    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe('unauthenticated');
    await refusals.expectOne(STRANGER, 'unauthenticated');
  });

  it('leaves the right one good', async () => {
    expect((await me(issuer.token())).status).toBe(200);
    expect(issuer.asked.stray).toBe(0);
  });

  it('says nothing of itself in the refusal', async () => {
    const token = issuer.token({ iss: 'https://else.example', sub: 'somebody-secret' });
    const text = JSON.stringify((await me(token)).body);
    for (const secret of [token, ...token.split('.'), 'somebody-secret', 'else.example']) expect(text).not.toContain(secret);
  });
});

describe('tokens signed otherwise', () => {
  const signed = (alg: string, kid: string, key: KeyObject) => {
    const input = `${part({ alg, kid })}.${part(issuer.claims())}`;
    const options = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key };
    return `${input}.${sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), options).toString('base64url')}`;
  };

  it('are taken by ES256 and EdDSA, each with a key of its own kind; a new key is learnt after the cooldown, an old one forgotten', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const ed = generateKeyPairSync('ed25519');
      const rsa = issuer.key.publicJwk;
      const tokens = () => [signed('ES256', 'ec', ec.privateKey), signed('EdDSA', 'ed', ed.privateKey)];
      expect((await me(issuer.token())).status).toBe(200);
      issuer.jwks = { keys: [rsa, { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' }, { ...ed.publicKey.export({ format: 'jwk' }), kid: 'ed' }] };
      for (const token of tokens()) expect((await me(token)).status).toBe(401);
      vi.setSystemTime(Date.now() + 31_000);
      for (const token of tokens()) expect((await me(token)).status).toBe(200);
      expect((await me(issuer.token())).status).toBe(200);
      const kept = issuer.token();
      expect((await me(kept)).status).toBe(200);
      issuer.jwks = { keys: [{ ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec' }] };
      expect((await me(kept)).status).toBe(200);
      vi.setSystemTime(Date.now() + 100_000);
      expect((await me(kept)).status).toBe(200);
      vi.setSystemTime(Date.now() + 601_000);
      expect((await me(issuer.token())).status).toBe(401);
    } finally {
      issuer.jwks = null;
      vi.useRealTimers();
    }
  });
});
