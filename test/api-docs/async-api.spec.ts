import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { COMMAND_NAMES, EVENTS } from '#libs/contracts';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

interface Message {
  readonly payload: object;
  readonly examples: readonly { readonly payload: unknown }[];
}

interface AsyncApi {
  readonly asyncapi: string;
  readonly components: { readonly messages: Readonly<Record<string, Message>>; readonly schemas: object };
}

let gateway: StartedGateway;
let text: string;
let document: AsyncApi;

beforeAll(async () => {
  gateway = await startGateway();
  text = await (await fetch(`${gateway.url}/asyncapi.json`)).text();
  document = JSON.parse(text) as AsyncApi;
});
afterAll(() => gateway.stop());

/** Says what is wrong with the payload of a message. */
function checker(): (name: string, payload: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  return (name, payload) => {
    const schema = JSON.parse(JSON.stringify(document.components.messages[name]?.payload ?? false).replaceAll('"#/components', '"document#/components')) as object;
    return ajv.validate(schema, payload) ? [] : [`${name}: ${ajv.errorsText()}`];
  };
}

describe('/asyncapi.json', () => {
  it('is AsyncAPI 3.0 by the schema of its makers', async () => {
    const makers = JSON.parse(await readFile(fileURLToPath(import.meta.resolve('@asyncapi/specs/schemas/3.0.0.json')), 'utf8')) as object;
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, meta: false, validateSchema: false });
    formats.default(ajv);
    expect(ajv.validate(makers, document) ? [] : ajv.errors).toEqual([]);
    expect(document.asyncapi).toBe('3.0.0');
  });

  it('refers to nothing that is not there', () => {
    const missing = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path).filter((path) => at(document, path.split('/')) === undefined);
    expect(missing).toEqual([]);
  });

  it('knows every command with its ack, on both sockets, and every event', () => {
    const commands = ['socketio', 'websocket'].flatMap((door) => COMMAND_NAMES.flatMap((name) => [`${door}-${name}`, `${door}-${name}-ack`]));
    expect(Object.keys(document.components.messages).sort()).toEqual([...commands, ...Object.keys(EVENTS)].sort());
  });

  it('gives examples that its own schemas take', () => {
    const check = checker();
    const wrong = Object.entries(document.components.messages).flatMap(([name, { examples }]) => examples.flatMap(({ payload }) => check(name, payload)));
    expect(wrong).toEqual([]);
  });

  it('tells what Socket.IO really says: the ack and every event of a turn', async () => {
    const check = checker();
    const heard: [string, unknown][] = [];
    const socket = io(gateway.url, { transports: ['websocket'], auth: { apiKey: ADMIN_KEY }, forceNew: true });
    try {
      const ended = new Promise<void>((resolve) => socket.on('turn-completed', () => resolve()));
      socket.onAny((type: string, event: unknown) => heard.push([type, event]));
      heard.push(['socketio-send-message-ack', await socket.timeout(60_000).emitWithAck('send-message', { content: 'What is 6 times 7?' })]);
      heard.push(['socketio-send-message-ack', await socket.timeout(60_000).emitWithAck('send-message', { content: '' })]);
      await ended;
    } finally {
      socket.disconnect();
    }
    expect(heard.map(([type]) => type)).toEqual(expect.arrayContaining(['connected', 'message-accepted', 'turn-started', 'text-delta', 'turn-completed']));
    expect(heard.flatMap(([type, event]) => check(type, event))).toEqual([]);
  });

  it('tells what a plain WebSocket really says', async () => {
    const check = checker();
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, { headers: { 'x-api-key': ADMIN_KEY } });
    const heard: { type: string }[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      socket.on('message', (data) => {
        heard.push(JSON.parse(String(data)) as { type: string });
        if (heard.at(-1)?.type === 'turn-completed') resolve();
      });
      socket.on('error', reject);
      socket.on('open', () => socket.send(JSON.stringify({ type: 'send-message', ref: 'a', content: '/echo hello' })));
    });
    await ended;
    socket.close();
    expect(heard.some(({ type }) => type === 'ack')).toBe(true);
    expect(heard.flatMap((event) => check(event.type === 'ack' ? 'websocket-send-message-ack' : event.type, event))).toEqual([]);
  });
});

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  return typeof value === 'object' && value !== null ? at((value as Record<string, unknown>)[name], rest) : undefined;
}
