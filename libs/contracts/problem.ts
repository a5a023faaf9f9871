import { z } from 'zod';

/** One row of the table of errors: what CONTRACT section 7 promises for a code. */
export interface ErrorKind {
  /** HTTP status. */
  readonly status: number;
  /** Whether the same call may succeed later: on a refusal with the same id, on an ended turn with a new one. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the reader can do about it. */
  readonly suggestion: string;
}

/** The one table of errors. Documents, HTTP answers and socket answers are all made from it. */
export const ERRORS = {
  validation_failed: { status: 400, retryable: false, title: 'The request is not valid', suggestion: 'Correct what detail and errors name, and send it again.' },
  unauthenticated: { status: 401, retryable: false, title: 'Authentication is needed', suggestion: 'Send a valid API key, ticket or session cookie.' },
  permission_denied: { status: 403, retryable: false, title: 'Permission denied', suggestion: 'Use a key, role or origin that may do this; detail says what is missing.' },
  not_found: { status: 404, retryable: false, title: 'Not found', suggestion: 'Check the address and the id; it may have been deleted or belong to somebody else.' },
  method_not_allowed: { status: 405, retryable: false, title: 'Method not allowed', suggestion: 'Use one of the methods in the Allow header.' },
  conflict: { status: 409, retryable: false, title: 'Conflict with the current state', suggestion: 'Read the current state and decide again.' },
  cancelled: { status: 409, retryable: false, title: 'The turn was cancelled', suggestion: 'Send the message again with a new id if it is still wanted.' },
  payload_too_large: { status: 413, retryable: false, title: 'The payload is too large', suggestion: 'Send less, or send files as URLs.' },
  unsupported_media_type: { status: 415, retryable: false, title: 'Unsupported media type', suggestion: 'Send JSON (application/json) or text frames.' },
  idempotency_conflict: { status: 422, retryable: false, title: 'The id was used for a different message', suggestion: 'Use a new id for a new message.' },
  content_blocked: { status: 422, retryable: false, title: 'The content was blocked', suggestion: 'Rephrase the message.' },
  rate_limited: { status: 429, retryable: true, title: 'Too many requests', suggestion: 'Wait for retryAfterMs, then send again with the same id.' },
  budget_exhausted: { status: 429, retryable: false, title: 'The budget is used up', suggestion: 'Wait for the budget to renew or ask for a larger one.' },
  execution_failed: { status: 500, retryable: false, title: 'The agent could not finish', suggestion: 'See detail; send again with a new id if it is still wanted.' },
  internal: { status: 500, retryable: false, title: 'Internal error', suggestion: 'Report the requestId to the operator.' },
  provider_error: { status: 502, retryable: true, title: 'The provider failed', suggestion: 'Try again; send a message again with a new id.' },
  provider_auth: { status: 502, retryable: false, title: 'The provider refused our credentials', suggestion: 'The operator has to check the key or secret that the provider knows us by.' },
  overloaded: { status: 503, retryable: true, title: 'The gateway is busy', suggestion: 'Wait for retryAfterMs, then send again with the same id.' },
  shutting_down: { status: 503, retryable: true, title: 'The gateway is shutting down', suggestion: 'Connect again after retryAfterMs and send with the same id.' },
  storage_unavailable: { status: 503, retryable: true, title: 'Storage is unavailable', suggestion: 'Wait for retryAfterMs, then send again with the same id.' },
  provider_rate_limited: { status: 503, retryable: true, title: 'The provider is limiting us', suggestion: 'Send the message again later with a new id.' },
  timeout: { status: 504, retryable: true, title: 'The turn took too long', suggestion: 'Ask for less at once, or send again with a new id.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** Where a value was wrong: `path` in dots (`content.0.text`), `message` for people. */
export const FieldErrorSchema = z.object({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof FieldErrorSchema>;

/** A problem as every door sends it: RFC 9457 with the members of CONTRACT section 7. */
export const ProblemSchema = z
  .object({
    type: z.string().describe('`<PUBLIC_URL>/docs/errors#<code>`'),
    title: z.string(),
    status: z.int(),
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    requestId: z.string(),
    retryable: z.boolean(),
    retryAfterMs: z.int().nonnegative().optional(),
    suggestion: z.string().optional(),
    errors: z.array(FieldErrorSchema).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof ProblemSchema>;

/** A failure before it is told to somebody: what happened, without address and request id. */
export interface Failure {
  readonly code: ErrorCode;
  /** For people; never holds a secret or another tenant's data. */
  readonly detail: string;
  readonly retryAfterMs?: number;
  readonly errors?: readonly FieldError[];
}

/** Makes a failure; `retryAfterMs` belongs to the codes that promise it. */
export function failure(code: ErrorCode, detail: string, more: Pick<Failure, 'retryAfterMs' | 'errors'> = {}): Failure {
  return { code, detail, ...more };
}

/** Writes the failure as the problem that goes out. */
export function toProblem(given: Failure, publicUrl: string, requestId: string): Problem {
  const kind = ERRORS[given.code];
  return {
    type: `${publicUrl}/docs/errors#${given.code}`,
    title: kind.title,
    status: kind.status,
    code: given.code,
    detail: given.detail,
    requestId,
    retryable: kind.retryable,
    ...(given.retryAfterMs === undefined ? {} : { retryAfterMs: given.retryAfterMs }),
    suggestion: kind.suggestion,
    ...(given.errors === undefined ? {} : { errors: [...given.errors] }),
  };
}
