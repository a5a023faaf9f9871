import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '#libs/ports';
import { KnownRoutes } from '../../src/channels/http/known-routes.js';
import { Receiver } from '../outbox/receiver.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { WsClient } from '../journeys/websocket/ws-client.js';

/** Changing operations that are no change of the control plane, and why. */
const NOT_AUDITED: Readonly<Record<string, string>> = {
  'POST /api/v1/messages': 'what users say; kept with its author in the session',
  'POST /api/v1/messages/:id/cancel': 'a stored event says who',
  'POST /api/v1/chat/stream': 'what users say',
  'POST /api/v1/sessions': 'a user begins a conversation',
  'PATCH /api/v1/sessions/:id': 'title and metadata of a conversation',
  'POST /api/v1/tickets': 'a user comes in; thousands a day',
  'POST /api/v1/control-plane/agents/:id/heartbeat': 'a sign of life',
  'POST /api/v1/audit/verify': 'changes nothing',
  'POST /auth/api-key': 'signing in; test/audit',
  'POST /auth/link': 'signing in; test/audit',
  'POST /auth/link/new': 'test/audit',
  'POST /auth/logout': 'signing out; test/audit',
  'POST /auth/logout/everywhere': 'needs an operator; test/sso',
  'POST /auth/saml/acs': 'signing in; test/sso',
  'DELETE /api/v1/operator-sessions/:id': 'needs an operator; test/auth',
  'POST /api/v1/control-plane/crash-loop/release': 'needs a crash loop; test/lifecycle',
};

type Wish = { readonly path: string; readonly body?: object };

let gateway: StartedGateway;
let receiver: Receiver;
const gone: Receiver[] = [];
beforeAll(async () => {
  receiver = await Receiver.open();
  gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([receiver, ...gone].map((one) => one.close()));
});

async function make(path: string, body: object = {}): Promise<string> {
  const answer = await call(gateway, 'POST', path, { body });
  expect(answer.status, `POST ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return String(answer.body['id'] ?? answer.body['deliveryId'] ?? answer.body['sessionId']);
}

async function deadLetter(): Promise<string> {
  const once = await Receiver.open();
  gone.push(once);
  once.replies.push({ status: 410 });
  const id = await make('/api/v1/channels/callback/send', { to: once.url(), content: 'x' });
  await expect.poll(async () => (await call(gateway, 'GET', `/api/v1/deliveries/${id}`)).body['state']).toBe('dead');
  return id;
}

async function connection(): Promise<string> {
  const client = await WsClient.open(gateway);
  const [connected] = await client.until('connected');
  return String(connected?.['connectionId']);
}

const agents = '/api/v1/control-plane/agents';
const deployments = '/api/v1/control-plane/deployments';
let made = 0;
const name = () => `thing-${(made += 1)}`;
const agent = async (of: string = name()) => ({ of, id: await make(agents, { name: of, model: 'local/concierge' }) });
const deployment = async () => make(deployments, { agent: (await agent()).of });
const stopped = async () => {
  const id = await deployment();
  await call(gateway, 'POST', `${deployments}/${id}/stop`);
  return id;
};
const tenant = async () => {
  const id = name();
  await call(gateway, 'POST', '/api/v1/tenants', { body: { id, name: id } });
  return `/api/v1/tenants/${id}`;
};
const issuer = () => ({ issuer: `https://${name()}.example`, audience: 'parley', jwksUrl: 'https://keys.example/jwks' });
const member = () => ({ address: `${name()}@example.com`, role: 'viewer' });

/** How each operation is asked for so that it changes something. */
const WISHES: Readonly<Record<string, () => Promise<Wish> | Wish>> = {
  'DELETE /api/v1/sessions/:id': async () => ({ path: `/api/v1/sessions/${await make('/api/v1/sessions')}` }),
  'PUT /api/v1/sessions/:id/callback': async () => ({ path: `/api/v1/sessions/${await make('/api/v1/sessions')}/callback`, body: { url: receiver.url() } }),
  'DELETE /api/v1/sessions/:id/callback': async () => {
    const path = `/api/v1/sessions/${await make('/api/v1/sessions')}/callback`;
    await call(gateway, 'PUT', path, { body: { url: receiver.url() } });
    return { path };
  },
  'POST /api/v1/channels/callback/secrets': () => ({ path: '/api/v1/channels/callback/secrets', body: { url: receiver.url(`/${name()}`) } }),
  'POST /api/v1/keys': () => ({ path: '/api/v1/keys', body: { name: 'k', scopes: ['messages'] } }),
  'PATCH /api/v1/keys/:id': async () => ({ path: `/api/v1/keys/${(await makeKey(gateway)).id}`, body: { name: 'other' } }),
  'DELETE /api/v1/keys/:id': async () => ({ path: `/api/v1/keys/${(await makeKey(gateway)).id}` }),
  'POST /api/v1/keys/:id/rotate': async () => ({ path: `/api/v1/keys/${(await makeKey(gateway)).id}/rotate`, body: {} }),
  'POST /api/v1/tenants': () => ({ path: '/api/v1/tenants', body: { id: name(), name: 'A tenant' } }),
  'PATCH /api/v1/tenants/:id': async () => ({ path: await tenant(), body: { name: 'Another name' } }),
  'DELETE /api/v1/tenants/:id': async () => ({ path: await tenant() }),
  'POST /api/v1/tenants/:id/keys': async () => ({ path: `${await tenant()}/keys`, body: { name: 'k', scopes: ['messages'] } }),
  'DELETE /api/v1/tenants/:id/users/:userId': async () => ({ path: `${await tenant()}/users/ada` }),
  'POST /api/v1/tenants/:id/issuers': async () => ({ path: `${await tenant()}/issuers`, body: issuer() }),
  'DELETE /api/v1/tenants/:id/issuers/:issuerId': async () => {
    const path = `${await tenant()}/issuers`;
    return { path: `${path}/${await make(path, issuer())}` };
  },
  'POST /api/v1/tenants/:id/members': async () => ({ path: `${await tenant()}/members`, body: member() }),
  'PATCH /api/v1/tenants/:id/members/:memberId': async () => {
    const path = `${await tenant()}/members`;
    return { path: `${path}/${await make(path, member())}`, body: { role: 'operator' } };
  },
  'DELETE /api/v1/tenants/:id/members/:memberId': async () => {
    const path = `${await tenant()}/members`;
    return { path: `${path}/${await make(path, member())}` };
  },
  'POST /api/v1/channels/:name/stop': () => ({ path: '/api/v1/channels/websocket/stop' }),
  'POST /api/v1/channels/:name/start': () => ({ path: '/api/v1/channels/websocket/start' }),
  'POST /api/v1/channels/:name/send': () => ({ path: '/api/v1/channels/callback/send', body: { to: receiver.url(), content: 'x' } }),
  'POST /api/v1/dead-letters/redrive': async () => ({ path: '/api/v1/dead-letters/redrive', body: { ids: [await deadLetter()] } }),
  'POST /api/v1/dead-letters/:id/redrive': async () => ({ path: `/api/v1/dead-letters/${await deadLetter()}/redrive` }),
  'DELETE /api/v1/connections/:id': async () => ({ path: `/api/v1/connections/${await connection()}` }),
  [`POST ${deployments}`]: async () => ({ path: deployments, body: { agent: (await agent()).of } }),
  [`DELETE ${deployments}/:id`]: async () => ({ path: `${deployments}/${await stopped()}` }),
  [`POST ${deployments}/:id/scale`]: async () => ({ path: `${deployments}/${await deployment()}/scale`, body: { replicas: 3 } }),
  [`POST ${deployments}/:id/stop`]: async () => ({ path: `${deployments}/${await deployment()}/stop` }),
  [`POST ${deployments}/:id/start`]: async () => ({ path: `${deployments}/${await stopped()}/start` }),
  [`POST ${deployments}/:id/restart`]: async () => ({ path: `${deployments}/${await deployment()}/restart` }),
  [`POST ${agents}`]: () => ({ path: agents, body: { name: name(), model: 'local/concierge' } }),
  [`PATCH ${agents}/:id`]: async () => ({ path: `${agents}/${(await agent()).id}`, body: { instructions: 'Be brief.' } }),
  [`DELETE ${agents}/:id`]: async () => ({ path: `${agents}/${(await agent()).id}` }),
  'POST /api/v1/backups': () => ({ path: '/api/v1/backups' }),
};

/** The entries behind this one, in whichever tenant they are. */
async function entriesBehind(seq: number): Promise<unknown[]> {
  return (await gateway.app.get(AuditLog).rows(seq, 100)).map(({ json }): unknown => JSON.parse(json));
}

describe('every operation that changes something', () => {
  it('is known here: audited, or said why not', () => {
    const changing = gateway.app
      .get(KnownRoutes)
      .list()
      .filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method))
      .map(({ method, pattern }) => `${method} ${pattern}`);
    expect(changing.length).toBeGreaterThan(40);
    expect(changing.filter((operation) => WISHES[operation] === undefined && NOT_AUDITED[operation] === undefined)).toEqual([]);
    expect([...Object.keys(WISHES), ...Object.keys(NOT_AUDITED)].filter((operation) => !changing.includes(operation))).toEqual([]);
  });

  it.each(Object.keys(WISHES))('leaves an entry that says who and what: %s', async (operation) => {
    const { path, body } = (await WISHES[operation]?.()) ?? { path: '' };
    const before = (await gateway.app.get(AuditLog).head())?.seq ?? 0;
    const [method = ''] = operation.split(' ');
    const answer = await call(gateway, method, path, body === undefined ? {} : { body });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    expect(await entriesBehind(before)).toContainEqual(expect.objectContaining({ outcome: 'done', actor: { kind: 'key', id: 'admin' } }));
  });
});
