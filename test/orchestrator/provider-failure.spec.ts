import { APICallError, JSONParseError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { FailureError } from '#libs/contracts';
import { StreamedError, toProviderFailure } from '../../src/orchestrator/providers/provider-failure.js';

const KEY = 'plainkey-9f8e7d6c';

function answered(statusCode: number | undefined, more: Partial<ConstructorParameters<typeof APICallError>[0]> = {}): APICallError {
  return new APICallError({ message: 'told', url: 'http://p/', requestBodyValues: {}, ...(statusCode === undefined ? {} : { statusCode }), ...more });
}

function read(error: unknown): ReturnType<typeof toProviderFailure> {
  return toProviderFailure(error, 'openai', [KEY]);
}

describe('the failures of providers', () => {
  it.each([
    [307, 'execution_failed', false],
    [401, 'provider_auth', false],
    [403, 'provider_auth', false],
    [400, 'execution_failed', false],
    [404, 'execution_failed', false],
    [408, 'provider_error', true],
    [429, 'provider_rate_limited', true],
    [500, 'provider_error', true],
    [503, 'provider_error', true],
    [529, 'provider_error', true],
  ])('status %d is %s (asked again: %s)', (status, code, again) => {
    expect(read(answered(status))).toMatchObject({ failure: { code }, again });
  });

  it.each([
    ['a connection that failed', answered(undefined, { isRetryable: true }), 'provider_error', true],
    ['an answer that was cut', answered(200, { cause: new Error('terminated') }), 'provider_error', false],
    ['JSON that is none', new JSONParseError({ text: '{"secret', cause: new SyntaxError('x') }), 'provider_error', false],
    ['a filter that answers 400', answered(400, { data: { error: { message: 'm', code: 'content_filter' } } }), 'content_blocked', false],
    ['a filter inside the stream', new StreamedError({ message: 'm', code: 'content_filter' }), 'content_blocked', false],
    ['credentials refused inside the stream', new StreamedError({ message: 'm', type: 'authentication_error' }), 'provider_auth', false],
    ['a socket error', new Error('x', { cause: Object.assign(new Error('y'), { code: 'ECONNRESET' }) }), 'provider_error', true],
    ['a deadline of ours', FailureError.of('timeout', 'late'), 'timeout', false],
    ['nothing we know', 'just a string', 'provider_error', false],
  ])('%s', (_what, error, code, again) => {
    expect(read(error)).toMatchObject({ failure: { code }, again });
  });

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after-ms': '', 'retry-after': '2' }, 2000],
    [{ 'retry-after-ms': 'NaN', 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'Infinity' }, null],
    [{ 'retry-after': '9'.repeat(400) }, 86_400_000],
    [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, 86_400_000],
    [{}, null],
  ])('the wait that %j asks for is %s ms', (responseHeaders, expected) => {
    expect(read(answered(429, { responseHeaders })).retryAfterMs).toBe(expected);
  });

  it('tells clients to come back only where that may help', () => {
    const responseHeaders = { 'retry-after': '2' };
    for (const status of [429, 503]) expect(read(answered(status, { responseHeaders })).failure.retryAfterMs).toBe(2000);
    for (const status of [400, 401, 403, 404]) expect(read(answered(status, { responseHeaders })).failure).not.toHaveProperty('retryAfterMs');
  });

  it('keeps a key out of the line also where the line is cut', () => {
    const { detail } = read(answered(500, { message: `${' '.repeat(795)}${KEY}` })).failure;
    expect(detail).not.toContain(KEY.slice(0, 5));
  });

  it('tells one short line without anything that may be a secret', () => {
    const message = `bad\nkey ${KEY} sk-proj-abcdef123456 Bearer eyJhbGciOi http://u:p@h/ ${'a1'.repeat(20)} ${'long '.repeat(200)}`;
    const { detail } = read(answered(500, { message })).failure;
    expect(detail).not.toMatch(/plainkey|sk-proj|eyJ|u:p@|a1a1|\n/);
    expect(detail.length).toBeLessThan(280);
  });
});
