import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChannelRegistry } from '../../../src/gateway/channel-registry.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call } from './caller.js';
import { ScriptedAgent } from './scripted-agent.js';
import { SseReader } from './sse-reader.js';

const LETTERS = 400_000;

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [new ScriptedAgent()] });
});
afterAll(() => gateway.stop());

const openStreams = () => gateway.app.get(ChannelRegistry).get('http')?.connections;

async function say(sessionId: string, content: string): Promise<void> {
  const { status } = await call(gateway, 'POST', '/api/v1/messages', { body: { sessionId, content }, headers: { prefer: 'wait=30' } });
  expect(status).toBe(200);
}

test('a stream that is not read is cut, others do not notice, and its reader finds everything at its return', async () => {
  const { body } = await call(gateway, 'POST', '/api/v1/sessions', { body: { agent: 'scripted' } });
  const sessionId = String(body['id']);
  const path = `/api/v1/sessions/${sessionId}/events`;
  const lazy = get(`${gateway.url}${path}`, { headers: { 'x-api-key': ADMIN_KEY } });
  lazy.on('error', () => undefined);
  const [response] = (await once(lazy, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  response.pause();
  const keen = await SseReader.open(gateway, 'GET', path);
  let turns = 0;
  for (; openStreams() === 2 && turns < 400; turns += 1) {
    await say(sessionId, `long ${LETTERS}`);
    await keen.until('turn-completed');
  }
  expect(openStreams()).toBe(1);
  keen.close();
  lazy.destroy();

  const back = await SseReader.open(gateway, 'GET', path, { headers: { 'last-event-id': '0' } });
  const seqs: number[] = [];
  while (seqs.length < turns * 3) {
    const event = await back.next();
    if (event?.id !== undefined) seqs.push(Number(event.id));
  }
  expect(seqs).toEqual(Array.from({ length: turns * 3 }, (_nothing, index) => index + 1));
  back.close();
});

test('a replay waits for its reader, however large it is', async () => {
  const { body } = await call(gateway, 'POST', '/api/v1/sessions', { body: { agent: 'scripted' } });
  const sessionId = String(body['id']);
  const turns = 12;
  for (let turn = 0; turn < turns; turn += 1) await say(sessionId, `long ${LETTERS}`);
  const stream = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${sessionId}/events?after=0`);
  await say(sessionId, 'last');
  let letters = 0;
  for (let ended = 0; ended <= turns; ) {
    const event = await stream.next();
    if (event?.event !== 'turn-completed') continue;
    ended += 1;
    letters += String(event.data['content']).length;
  }
  expect(letters).toBe(turns * LETTERS + 'last'.length);
  stream.close();
});
