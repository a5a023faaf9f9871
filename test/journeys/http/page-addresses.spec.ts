import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

test('a slash behind the address of a page leads to the page, with its query', async () => {
  const led = async (path: string) => {
    const { status, headers } = await fetch(gateway.url + path, { redirect: 'manual' });
    return [status, headers.get('location')];
  };
  for (const page of ['/playground', '/console', '/docs', '/docs/errors']) {
    expect([page, ...(await led(`${page}/`))]).toEqual([page, 302, page]);
    expect(await led(`${page}/?a=b`)).toEqual([302, `${page}?a=b`]);
  }
  expect((await led('/api/v1/sessions/'))[0]).toBe(404);
  expect((await led('//evil.example/docs/'))[0]).toBe(404);
});
