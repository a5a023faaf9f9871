import { ERROR_CODES, ERRORS, failure, toProblem, type ErrorCode } from '#libs/contracts';
import { parametersIn } from './parameters.js';
import type { Route } from './route.js';

const HAS_RETRY_AFTER = new Set<ErrorCode>(['rate_limited', 'overloaded', 'shutting_down', 'storage_unavailable']);

const REQUEST_ID = '01998e2a-7b1c-7d3e-8f4a-5b6c7d8e9f01';

/** The codes that a route can answer: what follows from who may call it and what it takes, and what it says of itself. */
export function problemsOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>(['internal', ...(route.operation?.problems ?? [])]);
  const add = (...more: ErrorCode[]) => more.forEach((code) => codes.add(code));
  if (route.access?.kind !== 'open') add('validation_failed', 'unauthenticated', 'permission_denied', 'rate_limited', 'storage_unavailable');
  if (parametersIn(route, 'path').length > 0) add('not_found');
  if (parametersIn(route, 'query').length > 0) add('validation_failed');
  if (route.method !== 'get') add('validation_failed', 'payload_too_large', 'unsupported_media_type');
  return ERROR_CODES.filter((code) => codes.has(code));
}

/** The answers by status that carry these problems. */
export function problemAnswers(codes: readonly ErrorCode[]): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries([...byStatus].map(([status, here]) => [String(status), problemAnswer(here)]));
}

/** An example of each of these problems, for `components/examples`. */
export function problemExamples(codes: ReadonlySet<ErrorCode>, publicUrl: string): Record<string, object> {
  const examples = [...codes].sort().map((code) => {
    const { title, suggestion } = ERRORS[code];
    const told = failure(code, suggestion, HAS_RETRY_AFTER.has(code) ? { retryAfterMs: 1000 } : {});
    return [code, { summary: title, value: toProblem(told, publicUrl, REQUEST_ID) }] as const;
  });
  return Object.fromEntries(examples);
}

function problemAnswer(codes: readonly ErrorCode[]): object {
  const retry = codes.some((code) => HAS_RETRY_AFTER.has(code));
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(' '),
    headers: { ...ANSWER_HEADERS, ...(retry ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}) },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

/** What every answer carries. */
export const ANSWER_HEADERS = {
  'X-Request-Id': { $ref: '#/components/headers/RequestId' },
  traceparent: { $ref: '#/components/headers/Traceparent' },
};
