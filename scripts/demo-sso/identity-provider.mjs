// One local identity provider in both forms, for demonstrations and tests: OpenID Connect by `oidc-provider`, SAML 2.0 of our own.
// Everybody may sign in as anybody: nothing here is for use outside this machine.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { inflateRawSync } from 'node:zlib';
import { Provider } from 'oidc-provider';
import { makeCertificate } from './certificate.mjs';
import { idpMetadata, responseXml, signResponse } from './saml-response.mjs';

export const CLIENT = { id: 'parley', secret: 'demo-secret-for-this-machine-only' };
export const ROLES = 'parley_roles';
const PEOPLE = ['viewer', 'operator', 'admin'];

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
    else if (url.pathname === '/saml/metadata') response.writeHead(200, { 'content-type': 'application/samlmetadata+xml' }).end(metadataOf(saml));
    else oidc(request, response);
  });
  return {
    issuer,
    metadata: metadataOf(saml),
    metadataUrl: saml.entityId,
    serveOidc(gatewayUrl) {
      oidc = openIdProvider(issuer, `${gatewayUrl}/auth/callback`).callback();
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** `oidc-provider` with its own pages for trying: any name, any password; the names viewer, operator and admin have that role. */
function openIdProvider(issuer, redirectUri) {
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub', ROLES], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['for this machine only'] },
    pkce: { required: () => true },
    async findAccount(_context, id) {
      const claims = { sub: id, name: id, email: id.includes('@') ? id : `${id}@example.com`, email_verified: true };
      return { accountId: id, claims: async () => ({ ...claims, ...(PEOPLE.includes(id) ? { [ROLES]: [id] } : {}) }) };
    },
  });
  return provider;
}

const metadataOf = ({ entityId, signOnUrl, key }) => idpMetadata({ entityId, signOnUrl, certificate: key.certificate });

/** A page with a button for each person; each posts a response that is signed for the request. */
function samlPage({ entityId, key }, url) {
  const request = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  const read = (pattern) => pattern.exec(request)?.[1] ?? '';
  const asked = { entityId, requestId: read(/ ID="([^"]+)"/), acsUrl: read(/AssertionConsumerServiceURL="([^"]+)"/), audience: read(/<saml:Issuer[^>]*>([^<]+)</) };
  const forms = PEOPLE.map((person) => {
    const xml = signResponse(responseXml({ ...asked, nameId: person, attributes: { email: [`${person}@example.com`], [ROLES]: [person] } }), key);
    return `<form method="post" action="${escaped(asked.acsUrl)}"><input type="hidden" name="SAMLResponse" value="${Buffer.from(xml).toString('base64')}"><button>${person}</button></form>`;
  });
  return `<h1>SAML demonstration</h1><p>Sign in as</p>${forms.join('')}`;
}

function page(response, body) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><meta charset="utf-8"><title>Local identity provider</title>${body}`);
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
