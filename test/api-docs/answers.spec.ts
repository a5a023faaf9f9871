import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownRoutes } from '../../src/channels/http/known-routes.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { readOpenApi, schemaErrors, type OpenApi, type Operation } from './open-api-reader.js';
import { fillingsFor, type Fillings } from './fillings.js';

let gateway: StartedGateway;
let document: OpenApi;
let fillings: Fillings;

beforeAll(async () => {
  gateway = await startGateway();
  document = await readOpenApi(gateway.url);
  fillings = await fillingsFor(gateway);
});
afterAll(() => gateway.stop());

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** What is wrong with the answer: an undocumented status, media type or body. Event streams are cut after their headers. */
async function faultsOf({ method, path, operation }: Call, answer: Response): Promise<string[]> {
  const where = `${method} ${path} ${answer.status}`;
  const documented = operation.responses[String(answer.status)];
  const [media = ''] = (answer.headers.get('content-type') ?? '').split(';');
  if (documented === undefined || media === 'text/event-stream') {
    await answer.body?.cancel();
    return documented === undefined ? [`${where} is not documented`] : [];
  }
  const text = await answer.text();
  if (documented.content === undefined) return text === '' ? [] : [`${where} has a body, and none is documented`];
  const content = documented.content[media];
  if (content === undefined) return media.startsWith('text/') && operation.responses['304'] !== undefined ? [] : [`${where} answers ${media}`];
  const value: unknown = /^application\/(problem\+)?json$/.test(media) ? JSON.parse(text) : text;
  return schemaErrors(document, content.schema, value).map((error) => `${where} ${error}`);
}

function send(call: Call, key: string | null, body?: unknown): Promise<Response> {
  const { path, method, operation } = call;
  const filled = fillings[`${method} ${path}`];
  const example = operation.requestBody?.content?.['application/json']?.example;
  const sent = body ?? filled?.body ?? example;
  return fetch(gateway.url + (filled?.path ?? path.replaceAll(/\{\w+\}/g, 'nobody')), {
    method,
    redirect: 'manual',
    headers: {
      ...(key === null ? {} : { 'x-api-key': key }),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...filled?.headers,
    },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    signal: AbortSignal.timeout(60_000),
  });
}

/** What takes things away comes last. */
function calls(): Call[] {
  const order = (call: Call) => (call.method === 'DELETE' ? 2 : call.path === '/auth/logout' ? 3 : 1);
  return document.operations().sort((one, other) => order(one) - order(other));
}

describe('the routes and their description', () => {
  it('are the same: every route of the running router is documented, and nothing else is', () => {
    const served = gateway.app
      .get(KnownRoutes, { strict: false })
      .list()
      .filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS')
      .map(({ method, pattern }) => `${method} ${pattern.replaceAll(/:(\w+)/g, '{$1}')}`);
    const documented = document.operations().map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual([...new Set(served)].sort());
  });

  it('agree when a route is called as its example says', async () => {
    const faults: string[] = [];
    for (const call of calls()) {
      const answer = await send(call, ADMIN_KEY);
      const known = fillings[`${call.method} ${call.path}`] !== undefined || call.operation.responses['404'] === undefined;
      if (known && answer.status >= 400) faults.push(`${call.method} ${call.path} answers ${answer.status}: ${await answer.clone().text()}`);
      faults.push(...(await faultsOf(call, answer)));
    }
    expect(faults).toEqual([]);
  });

  it('agree when nobody says who is calling, when the key may nothing, and when nothing has this id', async () => {
    const { key } = (await (await send(find('POST', '/api/v1/keys'), ADMIN_KEY, { name: 'reader', scopes: ['audit:read'] })).json()) as { key: string };
    const faults: string[] = [];
    for (const call of calls()) {
      for (const shown of [null, key, 'pk_nobody']) faults.push(...(await faultsOf(call, await send(call, shown))));
    }
    expect(faults).toEqual([]);
  });

  it('agree when a body is not what the schema asks for', async () => {
    const faults: string[] = [];
    for (const call of calls().filter(({ operation }) => operation.requestBody !== undefined)) {
      const answer = await send(call, ADMIN_KEY, { nobody: 'knows this field' });
      expect.soft(answer.status, `${call.method} ${call.path}`).toBe(400);
      faults.push(...(await faultsOf(call, answer)));
    }
    expect(faults).toEqual([]);
  });
});

function find(method: string, path: string): Call {
  const call = document.operations().find((one) => one.method === method && one.path === path);
  if (call === undefined) throw new Error(`${method} ${path} is not documented`);
  return call;
}
