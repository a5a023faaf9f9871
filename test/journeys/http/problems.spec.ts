import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call, exchange, makeKey, type Answer } from './caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.body).toMatchObject({ type: `${gateway.url}/docs/errors#${code}`, status, requestId: answer.headers.get('x-request-id') });
  expect(answer.body['title']).toEqual(expect.any(String));
  expect(answer.body['retryable']).toEqual(expect.any(Boolean));
  expect(answer.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
}

const send = (raw: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  call(gateway, 'POST', '/api/v1/messages', { raw, headers });

describe('an offer to speak another protocol', () => {
  test('is ignored when it is not WebSocket: the request is answered as it stands', async () => {
    const answer = await exchange(gateway, 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('{"status":"ok"}');
  });
});

test('an expectation that nobody knows is ignored, and the answer has its ids', async () => {
  const answer = await exchange(gateway, 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.toLowerCase()).toContain('x-request-id: ');
  expect(answer.toLowerCase()).toContain('traceparent: ');
});

describe('every refusal over HTTP is a problem', () => {
  test('a compressed body is unsupported_media_type', async () => {
    expectProblem(await send('{"content":"x"}', { 'Content-Encoding': 'gzip' }), 415, 'unsupported_media_type');
  });

  test('no key is unauthenticated and says how to authenticate', async () => {
    const answer = await call(gateway, 'GET', '/api/v1/sessions', { key: null });
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('a key without the scope is permission_denied', async () => {
    const { key } = await makeKey(gateway, ['metrics']);
    expectProblem(await call(gateway, 'GET', '/api/v1/sessions', { key }), 403, 'permission_denied');
    expectProblem(await call(gateway, 'POST', '/api/v1/messages', { key, body: { content: 'x' } }), 403, 'permission_denied');
  });

  test('an unknown path is not_found', async () => {
    expectProblem(await call(gateway, 'GET', '/api/v1/nothing-here'), 404, 'not_found');
    expectProblem(await call(gateway, 'GET', '/API/V1/sessions'), 404, 'not_found');
  });

  test('a known path with another method is method_not_allowed and names the methods', async () => {
    const answer = await call(gateway, 'DELETE', '/api/v1/messages');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('POST');
    const one = await call(gateway, 'PUT', '/api/v1/sessions/some-id', { body: {} });
    expectProblem(one, 405, 'method_not_allowed');
    expect(one.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(['DELETE', 'GET', 'PATCH']));
  });

  test.each([
    ['malformed JSON', '{"content":'],
    ['an empty body', ''],
    ['JSON that is not an object', '[1]'],
    ['no content', '{}'],
    ['empty content', '{"content":""}'],
    ['content of the wrong type', '{"content":7}'],
    ['an unknown field', '{"content":"x","colour":"red"}'],
    ['__proto__', '{"content":"x","__proto__":{"admin":true}}'],
    ['__proto__ in escapes', '{"content":"x","metadata":{"\\u005f_proto__":"x"}}'],
    ['constructor.prototype', '{"content":"x","constructor":{"prototype":{}}}'],
    ['nesting of 100,000 levels', '['.repeat(100_000)],
    ['an object of 1,000 levels', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
  ])('%s is validation_failed', async (_name, raw) => {
    expectProblem(await send(raw), 400, 'validation_failed');
  });

  test('bytes that are not UTF-8 are validation_failed', async () => {
    expectProblem(await send(Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 400, 'validation_failed');
  });

  test('each wrong field is named', async () => {
    const answer = await send('{"content":[{"type":"text"}],"colour":"red","id":""}');
    expectProblem(answer, 400, 'validation_failed');
    const paths = (answer.body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['colour', 'id', 'content']));
  });

  test('content that is none says what content is', async () => {
    const parts = (count: number) => JSON.stringify({ content: Array(count).fill({ type: 'text', text: 'x' }) });
    for (const raw of ['{}', '{"content":7}', parts(33), '{"content":[{"type":"file","mediaType":"image/png"}]}']) {
      const { body } = await send(raw);
      expect(body['errors']).toEqual([{ path: 'content', message: 'must be a non-empty string, or 1 to 32 parts of text or files' }]);
    }
    expect((await send('{"content":""}')).body['detail']).toMatch(/^content: Too small/);
    expect((await send('{"content":[{"type":"file","mediaType":"image/png","data":"!"}]}')).body['detail']).toMatch(/^content\.0\.data: /);
  });

  test('other media types are unsupported_media_type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'garbage']) {
      expectProblem(await send('{"content":"x"}', { 'content-type': type }), 415, 'unsupported_media_type');
    }
  });

  test('content over MAX_MESSAGE_BYTES and a body over the transport limit are payload_too_large', async () => {
    expectProblem(await send(JSON.stringify({ content: 'x'.repeat(65_536) })), 413, 'payload_too_large');
    expectProblem(await send(JSON.stringify({ content: 'x'.repeat(200_000) })), 413, 'payload_too_large');
    const { status } = await send(JSON.stringify({ content: 'x'.repeat(65_534) }));
    expect(status).toBe(202);
  });

  test('bad percent-encoding in the address is validation_failed', async () => {
    expectProblem(await call(gateway, 'GET', '/api/v1/sessions/%zz'), 400, 'validation_failed');
    expectProblem(await call(gateway, 'GET', '/%E0%A4%A'), 400, 'validation_failed');
    const withSecret = await call(gateway, 'GET', '/api/v1/sessions/%zz/events?ticket=tk_secret', { key: null });
    expectProblem(withSecret, 400, 'validation_failed');
    expect(JSON.stringify(withSecret.body)).not.toContain('tk_secret');
  });

  test('an id that is too long or odd is not_found', async () => {
    for (const id of ['x'.repeat(5000), 'not-an-id', '%00', '..%2f..%2fetc', "'%20or%201=1"]) {
      expectProblem(await call(gateway, 'GET', `/api/v1/messages/${id}`), 404, 'not_found');
    }
  });

  test('limits and cursors out of range are validation_failed; unknown query parameters are ignored', async () => {
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'cursor=bad', 'cursor=', 'limit=1.5']) {
      expectProblem(await call(gateway, 'GET', `/api/v1/sessions?${query}`), 400, 'validation_failed');
    }
    expect((await call(gateway, 'GET', '/api/v1/sessions?limit=200&colour=red')).status).toBe(200);
  });

  test('two different keys are validation_failed', async () => {
    const answer = await call(gateway, 'GET', '/api/v1/sessions', { headers: { authorization: 'Bearer something-else' } });
    expectProblem(answer, 400, 'validation_failed');
  });

  test.each([
    ['what is not HTTP', 'GARBAGE\r\n\r\n', 400],
    ['headers over 16 KiB', `GET /api/v1/sessions HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`, 413],
    ['no Host', 'GET /api/v1/sessions HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a method nobody knows', 'BREW /api/v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a method that is not used', 'TRACE /api/v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
    ['two lengths', 'POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 400],
    ['a length with chunks', 'POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ])('%s is answered with a problem and the connection is closed', async (_name, bytes, status) => {
    const answer = await exchange(gateway, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(answer.toLowerCase()).toContain('x-request-id: ');
  });

  test('a body that never comes harms nobody else', async () => {
    const { hostname, port } = new URL(gateway.url);
    const half = connect({ host: hostname, port: Number(port) });
    half.write('POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"con');
    expect((await send('{"content":"x"}')).status).toBe(202);
    half.destroy();
  });
});

describe('every answer says who it is', () => {
  test('a plain X-Request-Id is kept, anything else is replaced', async () => {
    const kept = await call(gateway, 'GET', '/nowhere', { headers: { 'x-request-id': 'my-request.1' } });
    expect(kept.headers.get('x-request-id')).toBe('my-request.1');
    expect(kept.body['requestId']).toBe('my-request.1');
    for (const bad of ['x'.repeat(200), '<script>', 'a b']) {
      const replaced = await call(gateway, 'GET', '/api/v1/sessions', { headers: { 'x-request-id': bad } });
      expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a valid traceparent is continued under a new span, anything else begins a trace', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const continued = await call(gateway, 'GET', '/nowhere', { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` } });
    expect(continued.headers.get('traceparent')).toMatch(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    for (const bad of [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `ff-${trace}-b7ad6b7169203331-01`, 'nonsense']) {
      const begun = await call(gateway, 'GET', '/nowhere', { headers: { traceparent: bad } });
      expect(begun.headers.get('traceparent')).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
  });

  test('nothing is sniffed, framed or kept by caches', async () => {
    const { headers } = await call(gateway, 'GET', '/api/v1/sessions');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('pages of our own origin may read answers, foreign ones may not', async () => {
    const own = await call(gateway, 'OPTIONS', '/api/v1/messages', {
      key: null,
      headers: { origin: gateway.url, 'access-control-request-method': 'POST' },
    });
    expect(own.status).toBe(204);
    expect(own.headers.get('access-control-allow-origin')).toBe(gateway.url);
    for (const path of ['/api/v1/keys/%E0%A4%A', '/api/v1/nowhere', '/api/v1/sessions?limit=0']) {
      const refused = await call(gateway, 'GET', path, { headers: { origin: gateway.url } });
      expect([path, refused.headers.get('access-control-allow-origin'), refused.headers.get('vary')]).toEqual([path, gateway.url, 'Origin']);
    }
    const foreign = await call(gateway, 'GET', '/api/v1/sessions', { headers: { origin: 'https://evil.example' } });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });
});
