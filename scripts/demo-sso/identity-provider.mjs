// One local identity provider in both forms, for demonstrations and tests: OpenID Connect by `oidc-provider`, SAML 2.0 of our own.
// Everybody may sign in as anybody: nothing here is for use outside this machine.
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { inflateRawSync } from 'node:zlib';
import { Provider } from 'oidc-provider';
import { makeCertificate } from './certificate.mjs';
import { idpMetadata, responseXml, signResponse } from './saml-response.mjs';

export const CLIENT = { id: 'parley', secret: 'demo-secret-for-this-machine-only' };
export const ROLES = 'parley_roles';
const PEOPLE = ['viewer', 'operator', 'admin'];
const SIGN_IN_PAGE =
  '<h1>OpenID Connect demonstration</h1><form method="post">' +
  '<label>Sign in as <input name="login" autofocus required></label> <button>Sign in</button></form>';

/** Listens on this machine; `serveOidc` opens the OpenID Connect side once the address of the gateway is known. */
export async function startIdentityProvider(port = 0) {
  const key = makeCertificate('Parley demonstration');
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${server.address().port}`;
  const saml = { entityId: `${issuer}/saml/metadata`, signOnUrl: `${issuer}/saml/sso`, key };
  let oidc = (_request, response) => void response.writeHead(503).end();
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/saml/sso') page(response, samlPage(saml, url));
    else if (url.pathname === '/saml/metadata') send(response, 'application/samlmetadata+xml', metadataOf(saml));
    else oidc(request, response);
  });
  return {
    issuer,
    metadata: metadataOf(saml),
    metadataUrl: saml.entityId,
    serveOidc(gatewayUrl) {
      oidc = openIdConnect(issuer, `${gatewayUrl}/auth/callback`);
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** `oidc-provider` with a page of ours for signing in: any name will do; the names viewer, operator and admin have that role. */
function openIdConnect(issuer, redirectUri) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub', ROLES], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['for this machine only'] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    async findAccount(_context, id) {
      const claims = { sub: id, name: id, email: id.includes('@') ? id : `${id}@example.com`, email_verified: true };
      return { accountId: id, claims: async () => ({ ...claims, ...(PEOPLE.includes(id) ? { [ROLES]: [id] } : {}) }) };
    },
  });
  const answer = provider.callback();
  return async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    if (request.method === 'POST') return signIn(provider, request, response);
    page(response, SIGN_IN_PAGE);
  };
}

/** Lets the person in and grants what the client asked for, in one step. */
async function signIn(provider, request, response) {
  let form = '';
  for await (const chunk of request) form += chunk;
  const accountId = new URLSearchParams(form).get('login') ?? 'viewer';
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId: await grant.save() } });
}

const metadataOf = ({ entityId, signOnUrl, key }) => idpMetadata({ entityId, signOnUrl, certificate: key.certificate });

/** A page with a button for each person; each posts a response that is signed for the request. */
function samlPage({ entityId, key }, url) {
  const request = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  const read = (pattern) => pattern.exec(request)?.[1] ?? '';
  const asked = {
    entityId,
    requestId: read(/ ID="([^"]+)"/),
    acsUrl: read(/AssertionConsumerServiceURL="([^"]+)"/),
    audience: read(/<saml:Issuer[^>]*>([^<]+)</),
  };
  const forms = PEOPLE.map((person) => {
    const attributes = { email: [`${person}@example.com`], [ROLES]: [person] };
    const xml = signResponse(responseXml({ ...asked, nameId: person, attributes }), key);
    const field = `<input type="hidden" name="SAMLResponse" value="${Buffer.from(xml).toString('base64')}">`;
    return `<form method="post" action="${escaped(asked.acsUrl)}">${field}<button>${person}</button></form>`;
  });
  return `<h1>SAML demonstration</h1><p>Sign in as</p>${forms.join('')}`;
}

function page(response, body) {
  send(response, 'text/html; charset=utf-8', `<!doctype html><meta charset="utf-8"><title>Local identity provider</title>${body}`);
}

function send(response, type, body) {
  response.writeHead(200, { 'content-type': type }).end(body);
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
