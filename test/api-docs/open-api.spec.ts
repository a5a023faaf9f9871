import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { readOpenApi, schemaErrors, type OpenApi } from './open-api-reader.js';

let gateway: StartedGateway;
let document: OpenApi;

beforeAll(async () => {
  gateway = await startGateway();
  document = await readOpenApi(gateway.url);
});
afterAll(() => gateway.stop());

describe('/openapi.json', () => {
  it('is open to all, OpenAPI 3.1, and the same text each time', async () => {
    const answer = await fetch(`${gateway.url}/openapi.json`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.text()).toBe(document.text);
    expect(JSON.parse(document.text)).toMatchObject({ openapi: '3.1.0' });
  });

  it('has no lint error and no warning', async () => {
    // Pages and probes refuse nobody, and a sign-in leads elsewhere: no status is owed.
    const rules = { 'operation-4xx-response': 'off', 'operation-2xx-response': 'off' } as const;
    const config = await createConfig({ extends: ['recommended'], rules });
    const problems = await lintFromString({ source: document.text, absoluteRef: 'openapi.json', config });
    expect(problems.map(({ message, location }) => `${location[0]?.pointer ?? ''} ${message}`)).toEqual([]);
  });

  it('describes each operation in a sentence of its own, with a unique id', () => {
    const operations = document.operations();
    const undescribed = operations.filter(({ operation }) => operation.summary === operation.operationId);
    expect(undescribed.map(({ method, path }) => `${method} ${path} has no @Operation`)).toEqual([]);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  });

  it('gives examples that its own schemas take', () => {
    const wrong = document.bodies().flatMap(({ where, schema, example }) => schemaErrors(document, schema, example).map((error) => `${where} ${error}`));
    expect(wrong).toEqual([]);
  });

  it('asks a caller for a credential wherever the gateway does, and nowhere else', async () => {
    for (const { method, path, operation } of document.operations()) {
      const answer = await fetch(gateway.url + path.replaceAll(/\{\w+\}/g, 'nobody'), {
        method,
        redirect: 'manual',
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }),
      });
      const asked = (await firstText(answer)).includes('No API key or session cookie was sent.');
      expect.soft(asked, `${method} ${path} answered ${answer.status}`).toBe(operation.security.length > 0);
    }
  });
});

/** The body of a refusal; event streams and files are not read to their end. */
async function firstText(answer: Response): Promise<string> {
  if (answer.status === 401) return answer.text();
  await answer.body?.cancel();
  return '';
}
