import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../outbox/eventually.js';
import { Receiver } from '../outbox/receiver.js';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { redactedText } from '../../src/observability/redacted-text.js';

const ROOT = join(import.meta.dirname, '..', '..');

let gateway: GatewayProcess | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

const started = async (settings: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> => (gateway = await startGatewayProcess(settings));

/** The lines of the log; what stands on stdout whatever its format is left out. */
function lines({ output }: GatewayProcess): Record<string, unknown>[] {
  return output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function ask({ url }: GatewayProcess, method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'x-api-key': ADMIN_KEY, prefer: 'wait=30', ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const read: Record<string, unknown> = await answer.json();
  return read;
}

const send = (process: GatewayProcess, content: string, headers: Readonly<Record<string, string>> = {}) => ask(process, 'POST', '/api/v1/messages', { content }, headers);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const turns = (process: GatewayProcess) => lines(process).filter(({ msg }) => msg === 'turn');

/** Two messages, one after another, at the plain WebSocket. */
async function overWebSocket({ url }: GatewayProcess): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { 'x-api-key': ADMIN_KEY } });
  try {
    for (const frame of ['/echo a', JSON.stringify({ type: 'send-message', content: '/echo b' })]) {
      const ended = new Promise((resolve, reject) => {
        socket.on('message', (data) => String(data).includes('"turn-completed"') && resolve(null)).on('error', reject);
      });
      if (socket.readyState === WebSocket.CONNECTING) socket.once('open', () => socket.send(frame));
      else socket.send(frame);
      await ended;
    }
  } finally {
    socket.close();
  }
}

/** Two messages, one after another, at Socket.IO. */
async function overSocketIo({ url }: GatewayProcess): Promise<void> {
  const socket = io(url, { transports: ['websocket'], auth: { apiKey: ADMIN_KEY }, forceNew: true });
  try {
    for (const content of ['/echo a', '/echo b']) {
      const ended = new Promise((resolve, reject) => socket.once('turn-completed', resolve).once('connect_error', reject));
      socket.emit('send-message', { content });
      await ended;
    }
  } finally {
    socket.disconnect();
  }
}

describe('the log', () => {
  it('of a start has at most six lines with what stands on stdout anyway, and each turn adds one at info', async () => {
    const process = await started();
    expect(process.output().trim().split('\n').length).toBeLessThanOrEqual(6);
    const before = lines(process).length;
    const sent = [await send(process, '/echo one'), await send(process, 'What is 6 * 7?')];
    const added = await eventually(async () => lines(process).slice(before), (told) => told.length >= 2);
    expect(added.map(({ level, msg, turnId, state }) => ({ level, msg, turnId, state }))).toEqual(
      sent.map(({ turnId }) => ({ level: 'info', msg: 'turn', turnId, state: 'completed' })),
    );
  });

  it('of a turn has the request id of its message: as it was given over HTTP, also to a stream, and one for each command at a socket', async () => {
    const process = await started();
    const { turnId } = await send(process, '/echo one', { 'x-request-id': 'of-a-caller-1' });
    await ask(process, 'POST', '/api/v1/messages', { content: '/echo one' }, { prefer: '', 'x-request-id': 'of-a-caller-2' });
    const body = JSON.stringify({ content: '/echo two' });
    const headers = { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json', 'x-request-id': 'of-a-reader-1' };
    await (await fetch(`${process.url}/api/v1/chat/stream`, { method: 'POST', headers, body })).text();
    const answered = await fetch(`${process.url}/api/v1/chat/stream`, { method: 'POST', headers: { ...headers, 'x-request-id': '' }, body });
    await answered.text();
    await overWebSocket(process);
    await overSocketIo(process);
    const told = await eventually(async () => turns(process), (all) => all.length >= 8);
    expect(told).toContainEqual(expect.objectContaining({ turnId, requestId: 'of-a-caller-1' }));
    const ids = told.map(({ requestId }) => requestId);
    expect(ids).toEqual(expect.arrayContaining(['of-a-caller-1', 'of-a-caller-2', 'of-a-reader-1', answered.headers.get('x-request-id')]));
    expect(ids.filter((id) => UUID.test(String(id)))).toHaveLength(5);
    expect(new Set(ids).size).toBe(8);
  });

  it('of a turn that was cancelled while it waited has the same', async () => {
    const process = await started();
    const deployments = '/api/v1/control-plane/deployments';
    const [concierge] = (await ask(process, 'GET', deployments))['items'] as { id: string }[];
    await ask(process, 'POST', `${deployments}/${concierge?.id ?? ''}/stop`, {});
    const { messageId, turnId } = await ask(process, 'POST', '/api/v1/messages', { content: 'x' }, { prefer: '', 'x-request-id': 'of-the-sender' });
    expect(await ask(process, 'POST', `/api/v1/messages/${String(messageId)}/cancel`)).toEqual({ state: 'cancelled' });
    const [line] = await eventually(async () => turns(process), (all) => all.length > 0);
    expect(line).toMatchObject({ level: 'info', state: 'cancelled', turnId, requestId: 'of-the-sender' });
  });

  it('at debug has a line for each delivery, with its message', async () => {
    const receiver = await Receiver.open();
    try {
      const process = await started({ LOG_LEVEL: 'debug', ALLOW_LOOPBACK_EGRESS: 'true' });
      const { deliveryId } = await ask(process, 'POST', '/api/v1/channels/callback/send', { to: receiver.url(), content: 'hello' });
      const said = await eventually(async () => lines(process).filter(({ msg }) => msg === 'delivered'), (all) => all.length > 0);
      expect(said).toMatchObject([{ level: 'debug', deliveryId, channel: 'callback', tenantId: 'default', attempt: 1 }]);
    } finally {
      await receiver.close();
    }
  });

  it('at debug has the request id of each request, as it was given, and no query', async () => {
    const process = await started({ LOG_LEVEL: 'debug' });
    await send(process, '/echo one', { 'x-request-id': 'of-the-caller-1' });
    await fetch(`${process.url}/api/v1/sessions?ticket=tk_secret_of_somebody`, { headers: { 'x-request-id': 'of-the-caller-2' } });
    const requests = await eventually(async () => lines(process).filter(({ msg }) => msg === 'request'), (told) => told.some(({ requestId }) => requestId === 'of-the-caller-2'));
    expect(requests).toContainEqual(expect.objectContaining({ requestId: 'of-the-caller-1', method: 'POST', path: '/api/v1/messages', status: 200 }));
    expect(requests).toContainEqual(expect.objectContaining({ requestId: 'of-the-caller-2', path: '/api/v1/sessions', status: 401 }));
    expect(process.output()).not.toContain('secret_of_somebody');
    expect(requests.every(({ requestId }) => typeof requestId === 'string' && requestId !== '')).toBe(true);
  });

  it('holds neither what was said, nor keys, nor the secrets of the data folder', async () => {
    const process = await started({ LOG_LEVEL: 'trace' });
    await send(process, '/echo words-of-mine');
    const made = await ask(process, 'POST', '/api/v1/keys', { name: 'k', scopes: ['messages'] });
    await ask(process, 'GET', '/api/v1/sessions', undefined, { 'x-api-key': 'pk_unknown0_0123456789abcdef0123456789abcdef' });
    const kept = (await readFile(`${process.dataDir}/encryption-key`, 'utf8')).trim();
    for (const secret of ['words-of-mine', ADMIN_KEY, String(made['key']), 'pk_unknown0', kept]) expect.soft(process.output()).not.toContain(secret);
  });

  it('leaves out secrets by their usual names, also one level down, and of errors keeps what they say without credentials', () => {
    const script = `
      const { Log } = await import('./dist/src/observability/log.js');
      const { readConfig } = await import('./dist/src/config/config.js');
      const log = new Log(readConfig({ LOG_LEVEL: 'info', LOG_FORMAT: 'json' }));
      log.info('a line', { apiKey: 'hidden-1', of: { ticket: 'hidden-2', name: 'shown' }, password: 'hidden-3', count: 1 });
      log.error('a fault', { error: new Error('to postgres://parley:hidden-4@db failed') });
    `;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8', timeout: 30_000 });
    const [line = '', fault = ''] = stdout.trim().split('\n');
    expect(JSON.parse(line)).toMatchObject({ apiKey: '[redacted]', of: { ticket: '[redacted]', name: 'shown' }, password: '[redacted]', count: 1 });
    expect(JSON.parse(fault)).toMatchObject({ error: { type: 'Error', message: 'to postgres://[redacted]@db failed' } });
    expect(stdout).not.toContain('hidden');
  });

  it.each([
    ['connect ECONNREFUSED postgres://parley:hunter2@10.0.0.7/db', 'connect ECONNREFUSED postgres://[redacted]@10.0.0.7/db'],
    ['the key pk_12345678_0123456789abcdef was wrong', 'the key [redacted] was wrong'],
    ['sent Authorization: Bearer eyJhbGciOi.J9.abc', 'sent Authorization: Bearer [redacted]'],
    ['GET /x?after=3&ticket=abc123&y=1 failed', 'GET /x?after=3&ticket=[redacted]&y=1 failed'],
    ['nothing to hide in //a/b or at three@four', 'nothing to hide in //a/b or at three@four'],
  ])('takes credentials out of what errors say: %s', (said, kept) => {
    expect(redactedText(said)).toBe(kept);
  });
});
