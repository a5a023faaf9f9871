import { ADMIN_KEY, type StartedGateway } from '../support/start-gateway.js';

interface Filling {
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** By method and path: what a call needs so that it goes well. Without one a call is made with an id that nobody has. */
export type Fillings = Readonly<Record<string, Filling>>;

/** Makes what the calls are about. */
export async function fillingsFor(gateway: StartedGateway): Promise<Fillings> {
  const make = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Record<string, unknown>> => {
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  const message = await make('/api/v1/messages', { content: '/echo hello' }, { prefer: 'wait=30' });
  const key = await make('/api/v1/keys', { name: 'one', scopes: ['messages'] });
  const other = await make('/api/v1/keys', { name: 'other', scopes: ['messages'] });
  const link = await make('/auth/link/new', {});
  const issuer = await make('/api/v1/tenants/default/issuers', { issuer: 'https://login.example.com', audience: 'parley' });
  const member = await make('/api/v1/tenants/default/members', { address: 'ada@example.com', role: 'viewer' });
  const session = `/api/v1/sessions/${String(message['sessionId'])}`;
  const page = (await (await fetch(`${gateway.url}/playground`)).text()).match(/\/assets\/[\w.-]+\.js/)?.[0];
  return {
    'POST /api/v1/messages': { body: { content: '/echo hello' }, headers: { prefer: 'wait=30' } },
    'GET /api/v1/messages/{id}': { path: `/api/v1/messages/${String(message['messageId'])}` },
    'POST /api/v1/messages/{id}/cancel': { path: `/api/v1/messages/${String(message['messageId'])}/cancel` },
    'POST /api/v1/sessions': { body: { title: 'a session' } },
    'GET /api/v1/sessions/{id}': { path: session },
    'PATCH /api/v1/sessions/{id}': { path: session, body: { title: 'another title' } },
    'DELETE /api/v1/sessions/{id}': { path: session },
    'GET /api/v1/sessions/{id}/messages': { path: `${session}/messages` },
    'GET /api/v1/sessions/{id}/events': { path: `${session}/events?after=0` },
    'GET /api/v1/keys/{id}': { path: `/api/v1/keys/${String(key['id'])}` },
    'PATCH /api/v1/keys/{id}': { path: `/api/v1/keys/${String(key['id'])}`, body: { name: 'renamed' } },
    'POST /api/v1/keys/{id}/rotate': { path: `/api/v1/keys/${String(key['id'])}/rotate` },
    'DELETE /api/v1/keys/{id}': { path: `/api/v1/keys/${String(other['id'])}` },
    'POST /api/v1/tenants/{id}/members': { path: '/api/v1/tenants/default/members', body: { issuer: 'https://login.example.com', subject: 'ada', role: 'viewer' } },
    'GET /api/v1/tenants/{id}/members': { path: '/api/v1/tenants/default/members' },
    'GET /api/v1/tenants/{id}/members/{memberId}': { path: `/api/v1/tenants/default/members/${String(member['id'])}` },
    'PATCH /api/v1/tenants/{id}/members/{memberId}': { path: `/api/v1/tenants/default/members/${String(member['id'])}`, body: { role: 'admin' } },
    'DELETE /api/v1/tenants/{id}/members/{memberId}': { path: `/api/v1/tenants/default/members/${String(member['id'])}` },
    'POST /api/v1/tenants/{id}/issuers': { path: '/api/v1/tenants/default/issuers', body: { issuer: 'https://login.example.com', audience: 'other' } },
    'GET /api/v1/tenants/{id}/issuers': { path: '/api/v1/tenants/default/issuers' },
    'GET /api/v1/tenants/{id}/issuers/{issuerId}': { path: `/api/v1/tenants/default/issuers/${String(issuer['id'])}` },
    'DELETE /api/v1/tenants/{id}/issuers/{issuerId}': { path: `/api/v1/tenants/default/issuers/${String(issuer['id'])}` },
    'POST /api/v1/channels/callback/secrets': { body: { url: 'https://receiver.example/hook' } },
    'GET /api/v1/skills/{name}': { path: '/api/v1/skills/clock' },
    'POST /auth/api-key': { body: { apiKey: ADMIN_KEY } },
    'POST /auth/link': { body: { token: String(link['url']).split('#')[1] } },
    ...(page === undefined ? {} : { 'GET /assets/{name}': { path: page } }),
  };
}
