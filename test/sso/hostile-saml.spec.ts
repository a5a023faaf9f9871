import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, responseXml, signElement, signResponse } from '../../scripts/demo-sso/saml-response.mjs';
import type { ErrorCode } from '#libs/contracts';
import { Refusals } from '../audit/refusals.js';
import { CutProxy } from '../journeys/client/cut-proxy.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { FORGERIES } from './support/forgeries.js';
import { formOf, SamlIdp, type Asked } from './support/saml-idp.js';
import { onLoopback, OWN_ADDRESSES, Visitor, type Reply } from './support/visitor.js';

let idp: SamlIdp;
let gateway: StartedGateway;
/** Before the gateway, so that its address is the same after a restart without a port that others may take meanwhile. */
let wire: CutProxy;
const refusals = new Refusals(() => gateway);

const settings = () => ({
  ...OWN_ADDRESSES,
  LOG_LEVEL: 'silent',
  SAML_IDP_METADATA: idp.metadataFile,
  SAML_ALLOWED_DOMAINS: 'example.com',
});

async function start(dataDir?: string): Promise<StartedGateway> {
  const started = await startGateway({ ...settings(), PUBLIC_URL: wire.url }, dataDir === undefined ? {} : { dataDir });
  wire.target = onLoopback(started).url;
  return started;
}

beforeAll(async () => {
  idp = await new SamlIdp().start();
  wire = await CutProxy.before('http://127.0.0.1:9');
  gateway = await start();
});
afterAll(async () => {
  await gateway.stop();
  await wire.close();
  await idp.stop();
});

async function begin(visitor: Visitor): Promise<Asked> {
  const { location } = await visitor.get('/auth/login?method=saml');
  return idp.asked(location ?? '');
}

/** Refused for this reason, once, also as the audit log tells it; nothing is opened and nothing of the stranger said. */
async function expectRefusal(visitor: Visitor, reply: Reply, code: ErrorCode, told = refusals): Promise<void> {
  expect(reply.problem).toMatchObject({ code });
  await told.expectOne(visitor.address, code);
  expect(reply.location).toBeNull();
  expect(visitor.cookies.has('parley')).toBe(false);
  expect(reply.text).not.toMatch(/mallory|evil/);
}

describe('a SAML response is refused that', () => {
  it.each(FORGERIES)('$title: $code', async ({ forge, code }) => {
    const visitor = new Visitor(gateway);
    const asked = await begin(visitor);
    await expectRefusal(visitor, await visitor.post('/auth/saml/acs', formOf(forge(asked, idp))), code);
  });

  it('was used already, also after a restart', async () => {
    const visitor = new Visitor(gateway);
    const form = formOf(idp.answer(await begin(visitor)));
    const binding = visitor.cookies.get('parley-saml') ?? '';
    expect((await visitor.post('/auth/saml/acs', form)).status).toBe(303);
    const { dataDir } = gateway;
    const again = async () => {
      const thief = new Visitor(gateway);
      thief.cookies.set('parley-saml', binding);
      await expectRefusal(thief, await thief.post('/auth/saml/acs', form), 'unauthenticated');
    };
    await again();
    await gateway.stop({ keepData: true });
    gateway = await start(dataDir);
    await again();
  });

  it('answers a request that a wrongly signed one answered before, however right it is itself', async () => {
    const visitor = new Visitor(gateway);
    const asked = await begin(visitor);
    await expectRefusal(visitor, await visitor.post('/auth/saml/acs', formOf(signResponse(responseXml(asked), idp.foreignKey))), 'unauthenticated');
    await expectRefusal(visitor, await visitor.post('/auth/saml/acs', formOf(idp.answer(asked))), 'unauthenticated');
  });

  it('comes eight times at once: it opens one session', async () => {
    const visitor = new Visitor(gateway);
    const form = formOf(idp.answer(await begin(visitor)));
    const replies = await Promise.all(Array.from({ length: 8 }, () => visitor.post('/auth/saml/acs', form)));
    expect(replies.filter(({ status }) => status === 303)).toHaveLength(1);
    const refused = replies.filter(({ status }) => status !== 303).map(({ status }) => status);
    expect(new Set(refused)).toEqual(new Set([401]));
    await refusals.expectGrown(visitor.address, { 401: refused.length });
  });
});

const BROWSERS: readonly [string, (asked: Asked) => Promise<{ visitor: Visitor; reply: Reply }>][] = [
  ['the cookie of another sign-in', async (asked) => {
    const visitor = new Visitor(gateway);
    await begin(visitor);
    return { visitor, reply: await visitor.post('/auth/saml/acs', formOf(idp.answer(asked))) };
  }],
  ['a cookie that was made up', async (asked) => {
    const visitor = new Visitor(gateway);
    visitor.cookies.set('parley-saml', 'evil');
    return { visitor, reply: await visitor.post('/auth/saml/acs', formOf(idp.answer(asked))) };
  }],
  ['no cookie, at the second step', async (asked) => {
    const visitor = new Visitor(gateway);
    const { location } = await new Visitor(gateway).post('/auth/saml/acs', formOf(idp.answer(asked)));
    return { visitor, reply: await visitor.get(location ?? '') };
  }],
  ['a foreign cookie, at the second step', async (asked) => {
    const visitor = new Visitor(gateway);
    await begin(visitor);
    const { location } = await new Visitor(gateway).post('/auth/saml/acs', formOf(idp.answer(asked)));
    return { visitor, reply: await visitor.get(location ?? '') };
  }],
  ['a made-up answer, at the second step', async () => {
    const visitor = new Visitor(gateway);
    await begin(visitor);
    return { visitor, reply: await visitor.get('/auth/saml/acs?answer=evil') };
  }],
];

describe('a right response opens nothing for a browser with', () => {
  it.each(BROWSERS)('%s', async (_title, come) => {
    const asked = await begin(new Visitor(gateway));
    const { visitor, reply } = await come(asked);
    await expectRefusal(visitor, reply, 'unauthenticated');
  });

  it('no cookie at all on https: there it comes with the POST, or the browser is another one', async () => {
    const secure = await startGateway({ ...settings(), PUBLIC_URL: 'https://parley.example' });
    try {
      const visitor = new Visitor(onLoopback(secure));
      const { location, setCookies } = await visitor.get('/auth/login?method=saml');
      expect(setCookies[0]).toMatch(/^__Host-parley-saml=[\w-]{43}; Path=\/; HttpOnly; SameSite=None; Secure; Max-Age=600$/);
      const form = formOf(idp.answer(idp.asked(location ?? '')));
      const stranger = new Visitor(onLoopback(secure));
      await expectRefusal(stranger, await stranger.post('/auth/saml/acs', form), 'unauthenticated', new Refusals(() => onLoopback(secure)));
      const reply = await visitor.post('/auth/saml/acs', form, { origin: 'https://idp.example' });
      expect(reply).toMatchObject({ status: 303, location: 'https://parley.example/playground' });
      expect(reply.setCookies[0]).toMatch(/^__Host-parley=[\w-]{43}; .*; SameSite=Lax; Secure$/);
    } finally {
      await secure.stop();
    }
  });
});

const FORMS: readonly [string, ErrorCode, string, Record<string, string>][] = [
  ['no SAMLResponse', 'validation_failed', 'RelayState=x', {}],
  ['an empty SAMLResponse', 'validation_failed', 'SAMLResponse=', {}],
  ['two of them', 'validation_failed', 'SAMLResponse=QQ%3D%3D&SAMLResponse=QQ%3D%3D', {}],
  ['no base64', 'validation_failed', 'SAMLResponse=%3Cevil%3E', {}],
  ['bytes that are no text', 'validation_failed', `SAMLResponse=${encodeURIComponent(Buffer.from([0xff, 0xfe, 0xc0]).toString('base64'))}`, {}],
  ['a text that is no XML', 'validation_failed', `SAMLResponse=${encodeURIComponent(Buffer.from('evil').toString('base64'))}`, {}],
  ['half of an XML', 'validation_failed', `SAMLResponse=${encodeURIComponent(Buffer.from('<a><b></a>').toString('base64'))}`, {}],
  ['JSON', 'validation_failed', '{"SAMLResponse":7}', { 'content-type': 'application/json' }],
  ['plain text', 'unsupported_media_type', 'SAMLResponse=QQ%3D%3D', { 'content-type': 'text/plain' }],
  ['more than a response ever is', 'payload_too_large', `SAMLResponse=${'A'.repeat(400_000)}`, {}],
];

describe('a form is refused that holds', () => {
  it.each(FORMS)('%s: %s', async (_title, code, form, headers) => {
    const visitor = new Visitor(gateway);
    await expectRefusal(visitor, await visitor.post('/auth/saml/acs', form, headers), code);
  });

  it('a message for any other route: no foreign form reaches it', async () => {
    const visitor = new Visitor(gateway);
    await expectRefusal(visitor, await visitor.post('/auth/api-key', 'apiKey=x'), 'unsupported_media_type');
  });
});

describe('the forgeries', () => {
  it('are refused for what is wrong with them: put right again, the same making is let in', async () => {
    const visitor = new Visitor(gateway);
    const asked = await begin(visitor);
    const xml = signElement(signElement(responseXml({ ...asked, responseId: newId() }), 'Assertion', idp.key), 'Response', idp.key);
    expect((await visitor.post('/auth/saml/acs', formOf(xml))).status).toBe(303);
  });
});
