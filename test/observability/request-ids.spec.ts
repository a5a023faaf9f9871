import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AUDIENCE, TokenIssuer } from '../auth/token-issuer.js';
import { eventually } from '../outbox/eventually.js';
import { Receiver } from '../outbox/receiver.js';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';

let gateway: GatewayProcess | undefined;
let issuer: TokenIssuer | undefined;
let receiver: Receiver | undefined;
afterEach(async () => {
  await gateway?.stop();
  await issuer?.stop();
  await receiver?.close();
  [gateway, issuer, receiver] = [undefined, undefined, undefined];
});

function lines({ output }: GatewayProcess): Record<string, unknown>[] {
  return output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function ask({ url }: GatewayProcess, method: string, path: string, requestId: string, body?: object): Promise<Record<string, unknown>> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { 'x-api-key': ADMIN_KEY, 'x-request-id': requestId, ...json };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const read: Record<string, unknown> = await answer.json();
  return read;
}

it('a turn that waited when its process was killed has the request id of its message in the next one', async () => {
  const deployments = '/api/v1/control-plane/deployments';
  const first = (gateway = await startGatewayProcess());
  const [concierge] = (await ask(first, 'GET', deployments, 'a'))['items'] as { id: string }[];
  const deployment = `${deployments}/${concierge?.id ?? ''}`;
  await ask(first, 'POST', `${deployment}/stop`, 'b', {});
  const kept = await ask(first, 'POST', '/api/v1/messages', 'of-the-kept', { content: '/echo kept' });
  const dropped = await ask(first, 'POST', '/api/v1/messages', 'of-the-dropped', { content: '/echo dropped' });
  await first.kill();
  const second = (gateway = await startGatewayProcess({}, first.dataDir));
  expect(await ask(second, 'POST', `/api/v1/messages/${String(dropped['messageId'])}/cancel`, 'c')).toEqual({ state: 'cancelled' });
  await ask(second, 'POST', `${deployment}/start`, 'd', {});
  const turns = await eventually(async () => lines(second).filter(({ msg }) => msg === 'turn'), (told) => told.length >= 2);
  expect(turns.map(({ turnId, state, requestId }) => [turnId, state, requestId])).toEqual([
    [dropped['turnId'], 'cancelled', 'of-the-dropped'],
    [kept['turnId'], 'completed', 'of-the-kept'],
  ]);
});

it('a message that was posted has the request id of its call in each line, also in the next process; a redrive has its own', async () => {
  const hears = (receiver = await Receiver.open());
  hears.replies.push({ status: 500 }, { status: 410 });
  const settings = { LOG_LEVEL: 'debug', ALLOW_LOOPBACK_EGRESS: 'true' };
  const first = (gateway = await startGatewayProcess(settings));
  await ask(first, 'POST', '/api/v1/channels/callback/stop', 'a', {});
  const { deliveryId } = await ask(first, 'POST', '/api/v1/channels/callback/send', 'of-the-posted', { to: hears.url(), content: 'posted' });
  await first.kill();
  const second = (gateway = await startGatewayProcess(settings, first.dataDir));
  const told = (count: number) => eventually(async () => lines(second).filter((line) => line['deliveryId'] === deliveryId), ({ length }) => length >= count);
  await told(2);
  await ask(second, 'POST', `/api/v1/dead-letters/${String(deliveryId)}/redrive`, 'of-the-redrive', {});
  expect((await told(4)).map(({ msg, requestId }) => [msg, requestId])).toEqual([
    ['a delivery failed', 'of-the-posted'],
    ['a delivery was given up', 'of-the-posted'],
    ['a dead letter is sent again', 'of-the-redrive'],
    ['delivered', 'of-the-posted'],
  ]);
});

it('a token and a sign-in that are refused have the request id in the line that says why', async () => {
  const trusted = (issuer = await new TokenIssuer().start());
  // Its discovery document names no address to sign in at: a fault of the provider, not of ours.
  const sso = { OIDC_ISSUER: trusted.url, OIDC_CLIENT_ID: 'parley' };
  const told = (gateway = await startGatewayProcess({ LOG_LEVEL: 'debug', ALLOW_LOOPBACK_EGRESS: 'true', ...sso }));
  await ask(told, 'POST', '/api/v1/tenants/default/issuers', 'a', { issuer: trusted.url, audience: AUDIENCE });
  const late = trusted.token({ exp: 1 });
  const refused = await fetch(`${told.url}/auth/me`, { headers: { authorization: `Bearer ${late}`, 'x-request-id': 'of-the-call' } });
  expect(refused.status).toBe(401);
  const headers = { authorization: `Bearer ${late}`, 'x-request-id': 'of-the-socket' };
  const socket = new WebSocket(`${told.url.replace('http', 'ws')}/ws`, 'parley.v1', { headers });
  await new Promise((resolve) => socket.once('error', resolve));
  const signIn = await fetch(`${told.url}/auth/login?method=oidc`, { redirect: 'manual', headers: { 'x-request-id': 'of-the-sign-in' } });
  expect(signIn.status).toBe(502);
  const whys = ['a token was not accepted', 'a sign-in by OpenID Connect was refused'];
  const found = await eventually(async () => lines(told).filter(({ msg }) => whys.includes(String(msg))), (all) => all.length >= 3);
  expect(found.map(({ msg, requestId }) => [msg, requestId])).toEqual([
    [whys[0], 'of-the-call'],
    [whys[0], 'of-the-socket'],
    [whys[1], 'of-the-sign-in'],
  ]);
});
