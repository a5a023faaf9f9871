import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { AUDIENCE, TokenIssuer } from '../auth/token-issuer.js';
import { OtlpReceiver } from '../observability/otlp-receiver.js';
import { CLIENT_ID, OddProvider } from '../sso/support/odd-provider.js';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { problem, streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer } from '../support/providers/provider-server.js';

const PROVIDER_KEY = 'sk-a-key-of-the-model-provider-0123456789';
const CLIENT_SECRET = 'a-client-secret-for-tests';
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

let gateway: GatewayProcess;
let provider: ProviderServer;
let collector: OtlpReceiver;
let issuer: TokenIssuer;
let signOn: OddProvider;

/** Everything that the gateway said, and where. What shows a secret on purpose, once, to whom it belongs, is not among it. */
const said: { readonly where: string; readonly text: string }[] = [];
const secrets = new Map<string, string>([
  ['ADMIN_API_KEY', ADMIN_KEY],
  ['the provider\'s key', PROVIDER_KEY],
  ['OIDC_CLIENT_SECRET', CLIENT_SECRET],
  ['ENCRYPTION_KEY', ENCRYPTION_KEY],
]);

beforeAll(async () => {
  [provider, collector, issuer, signOn] = await Promise.all([ProviderServer.start(), OtlpReceiver.start(), new TokenIssuer().start(), new OddProvider().start()]);
  gateway = await startGatewayProcess({
    LOG_LEVEL: 'trace',
    AGENT_MODEL: wire.model,
    ...wire.settings(provider.url, PROVIDER_KEY),
    ENCRYPTION_KEY,
    OIDC_ISSUER: signOn.issuer,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ALLOW_LOOPBACK_EGRESS: 'true',
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([provider.close(), issuer.stop(), signOn.stop()]);
  await collector.close();
});

interface Options {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The answer shows a secret to its owner. */
  readonly shows?: boolean;
}

interface Answer {
  readonly text: string;
  readonly cookie: string;
  readonly location: string;
  readonly json: Readonly<Record<string, string>>;
}

async function ask(method: string, path: string, { body, headers = { 'x-api-key': ADMIN_KEY }, shows = false }: Options = {}): Promise<Answer> {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  const where = `${method} ${path.split('?', 1)[0]}`;
  if (!shows) said.push({ where, text: [...response.headers].map((pair) => pair.join(': ')).join('\n') + text });
  const isJson = response.headers.get('content-type')?.includes('json') === true && !response.headers.get('content-type')?.includes('ndjson');
  const json: Record<string, string> = isJson ? JSON.parse(text) : {};
  return { text, cookie, location: response.headers.get('location') ?? '', json };
}

function know(name: string, secret: string | undefined): string {
  if (secret === undefined || secret.length < 20) throw new Error(`no secret: ${name}`);
  secrets.set(name, secret);
  return secret;
}

/** Connects by Socket.IO; the resume token, or the refusal as it was heard. */
async function socketWith(auth: object): Promise<string> {
  const socket = io(gateway.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
  try {
    return await new Promise<string>((resolve) => {
      socket.once('connected', ({ resume }: { resume: { token: string } }) => resolve(resume.token));
      socket.once('connect_error', (error: Error & { data?: unknown }) => {
        said.push({ where: 'connect_error', text: JSON.stringify([error.message, error.data]) });
        resolve('');
      });
    });
  } finally {
    socket.disconnect();
  }
}

async function plainWith(path: string, headers: Record<string, string>): Promise<void> {
  const socket = new WebSocket(gateway.url.replace('http', 'ws') + path, { headers });
  socket.on('error', (error) => said.push({ where: 'the socket', text: error.message }));
  await new Promise<void>((resolve) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      let text = JSON.stringify(response.rawHeaders);
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => {
        said.push({ where: 'upgrade', text });
        resolve();
      });
    });
  });
  socket.terminate();
}

/** Makes one of every kind of secret and uses it as it is meant. */
async function useAll(): Promise<void> {
  const made = await ask('POST', '/api/v1/keys', { body: { name: 'one', scopes: ['messages', 'tickets', 'admin'] }, shows: true });
  const old = know('a key that was rotated', made.json['key']);
  const key = know('a key', (await ask('POST', `/api/v1/keys/${made.json['id']}/rotate`, { body: { overlapSeconds: 60 }, shows: true })).json['key']);
  know('the key of the command line', readFileSync(join(gateway.dataDir, 'cli-credential'), 'utf8').trim());
  const ticket = async (name: string) => know(name, (await ask('POST', '/api/v1/tickets', { headers: { 'x-api-key': old }, body: { userId: 'ada' }, shows: true })).json['ticket']);
  await ticket('an unused ticket');
  const resume = know('a resume token', await socketWith({ ticket: await ticket('a used ticket') }));
  know('an unused resume token', await socketWith({ resume }));
  await plainWith(`/ws?ticket=${await ticket('a ticket in an address')}`, {});
  const link = (await ask('POST', '/auth/link/new', { body: {}, shows: true })).json['url']?.split('#')[1];
  know('a used link', link);
  know('a cookie by link', (await ask('POST', '/auth/link', { body: { token: link }, headers: {}, shows: true })).cookie.split('=')[1]);
  know('an unused link', (await ask('POST', '/auth/link/new', { body: {}, shows: true })).json['url']?.split('#')[1]);
  const byKey = (await ask('POST', '/auth/api-key', { body: { apiKey: key }, headers: {}, shows: true })).cookie;
  know('a cookie by key', byKey.split('=')[1]);
  await ask('GET', '/auth/me', { headers: { cookie: byKey } });
  const login = await ask('GET', '/auth/login', { headers: {}, shows: true });
  know('the cookie of a sign-in', login.cookie.split('=')[1]);
  const { code, state } = signOn.authorize(login.location);
  know('the code of a sign-in', code);
  const back = await ask('GET', `/auth/callback?code=${code}&state=${state}`, { headers: { cookie: login.cookie }, shows: true });
  know('a cookie by single sign-on', back.cookie.split('=')[1]);
  await ask('POST', '/api/v1/tenants/default/issuers', { body: { issuer: issuer.url, audience: AUDIENCE } });
  const token = know('a user\'s token', issuer.token());
  await socketWith({ token });
  await ask('GET', '/auth/me', { headers: { authorization: `Bearer ${token}` } });
  know('a user\'s token that was refused', issuer.token({ exp: 1 }));
  const hook = await ask('POST', '/api/v1/channels/callback/secrets', { body: { url: 'https://receiver.example/hook' }, shows: true });
  know('the secret of a callback', hook.json['secret']);
}

/** Shows every secret where it does not belong. */
async function misplaceAll(): Promise<void> {
  for (const [, secret] of secrets) {
    const escaped = encodeURIComponent(secret);
    await ask('GET', `/api/v1/sessions?apiKey=${escaped}&ticket=${escaped}&token=${escaped}`);
    await ask('GET', `/api/v1/sessions/${escaped}`);
    await ask('GET', `/api/v1/keys/${escaped}`);
    await ask('GET', `/${escaped}`, { headers: { authorization: `Basic ${secret}` } });
    for (const headers of [{ 'x-api-key': `${secret}x` }, { authorization: `Bearer ${secret}x` }, { cookie: `parley=${secret}x` }, { referer: `https://else.example/?ticket=${escaped}` }]) {
      await ask('POST', '/api/v1/messages', { headers, body: { content: 'hello' } });
    }
    await ask('POST', '/api/v1/messages', { body: { content: 'hello', apiKey: secret, agent: { key: secret } } });
    await ask('GET', `/auth/callback?code=${escaped}&state=${escaped}`, { headers: { accept: 'text/html' } });
    await ask('POST', '/auth/link', { body: { token: `${secret.slice(0, 100)}x` }, headers: {} });
    await socketWith({ apiKey: `${secret}x` });
    await socketWith({ resume: `${secret}x` });
    await plainWith(`/ws?ticket=${escaped}x`, {});
  }
}

/** Turns with a model whose provider repeats our key in what it says. */
async function runTurns(): Promise<void> {
  provider.plan(streamed(wire.frames({ text: ['hello'] })), problem(401, wire.errorBody(`Incorrect API key provided: ${PROVIDER_KEY}`), { 'x-key': PROVIDER_KEY }));
  await ask('POST', '/api/v1/messages', { headers: { 'x-api-key': ADMIN_KEY, prefer: 'wait=30' }, body: { content: 'hello' } });
  const failed = await ask('POST', '/api/v1/messages', { headers: { 'x-api-key': ADMIN_KEY, prefer: 'wait=30' }, body: { content: 'fail' } });
  await ask('GET', `/api/v1/messages/${failed.json['messageId']}`);
  await ask('GET', `/api/v1/messages/${failed.json['messageId']}/trace`);
}

const PAGES = [
  '/metrics', '/api/v1/audit?limit=200', '/api/v1/audit/export', '/api/v1/control-plane/events?limit=200', '/api/v1/control-plane/summary', '/api/v1/control-plane/agents',
  '/api/v1/diagnosis', '/api/v1/keys', '/api/v1/operator-sessions', '/api/v1/connections', '/api/v1/channels', '/api/v1/dead-letters', '/api/v1/usage', '/api/v1/tenants',
  '/api/v1/tenants/default/issuers', '/api/v1/tenants/default/users/ada/export', '/api/v1/sessions', '/openapi.json', '/asyncapi.json', '/docs/errors', '/playground', '/health/ready',
  '/auth/methods',
];

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}

it('no secret of any kind is said anywhere: log, metrics, traces, errors, pages, lists, audit, and the store', async () => {
  await useAll();
  await misplaceAll();
  await runTurns();
  for (const page of PAGES) await ask('GET', page);
  for (const path of filesIn(gateway.dataDir)) {
    if (!path.endsWith('cli-credential')) said.push({ where: `the file ${path.slice(gateway.dataDir.length + 1)}`, text: readFileSync(path, 'latin1') });
  }
  await expect.poll(() => collector.bodies.length, { timeout: 30_000 }).toBeGreaterThan(0);
  said.push({ where: 'the log', text: gateway.output() }, ...collector.bodies.map((text) => ({ where: 'traces', text })));

  const found = [...secrets].flatMap(([name, secret]) => said.filter(({ text }) => text.includes(secret) || text.includes(encodeURIComponent(secret))).map(({ where }) => `${name}: ${where}`));
  expect([...new Set(found)]).toEqual([]);

  // That the search would have found something: each kind of output is there and speaks of this run.
  expect(secrets.size).toBeGreaterThan(20);
  const textOf = (where: string) => said.filter((one) => one.where === where).map(({ text }) => text).join('\n');
  expect(textOf('the log')).toContain('"path":"/api/v1/sessions"');
  expect(textOf('traces')).toContain('resourceSpans');
  expect(textOf('GET /metrics')).toContain('parley_auth_failures_total{credential="ticket"}');
  expect(textOf('GET /api/v1/audit/export')).toContain('ticket.mint');
  expect(textOf('upgrade')).toContain('unauthenticated');
  expect(textOf('connect_error')).toContain('unauthenticated');
  expect(said.filter(({ where }) => where.startsWith('the file')).map(({ text }) => text).join('')).toContain('receiver.example');
}, 180_000);
