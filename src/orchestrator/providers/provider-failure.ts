import { APICallError, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { z } from 'zod';
import { failure, FailureError, type ErrorCode, type Failure } from '#libs/contracts';
import { redactedLine } from './redacted-line.js';

/** What went wrong between us and a provider, in the contract's words, and whether asking again at once may help. */
export interface ProviderFailure {
  readonly failure: Failure;
  readonly again: boolean;
  /** What the provider asked us to wait, at most a day; null when it did not say. */
  readonly retryAfterMs: number | null;
}

/** An error that a provider told inside a stream; `told` is what it said, in a form of its own. */
export class StreamedError extends Error {
  constructor(readonly told: unknown) {
    super('the provider told of an error', { cause: told });
    this.name = 'StreamedError';
  }
}

interface Row {
  readonly statuses: readonly [from: number, to: number];
  readonly code: ErrorCode;
  readonly again: boolean;
  readonly says: string;
}

/** By HTTP status, first match first. */
const TABLE: readonly Row[] = [
  { statuses: [300, 399], code: 'execution_failed', again: false, says: 'points to another address' },
  { statuses: [401, 401], code: 'provider_auth', again: false, says: 'refused our credentials' },
  { statuses: [403, 403], code: 'provider_auth', again: false, says: 'does not allow our credentials this' },
  { statuses: [408, 408], code: 'provider_error', again: true, says: 'ran out of time' },
  { statuses: [429, 429], code: 'provider_rate_limited', again: true, says: 'is limiting us' },
  { statuses: [400, 499], code: 'execution_failed', again: false, says: 'refused the request' },
  { statuses: [500, 599], code: 'provider_error', again: true, says: 'failed' },
];
const BLOCKED: Omit<Row, 'statuses'> = { code: 'content_blocked', again: false, says: 'blocked the content' };
const BROKEN: Omit<Row, 'statuses'> = { code: 'provider_error', again: false, says: 'sent an answer that is cut or malformed' };
const UNREACHABLE: Omit<Row, 'statuses'> = { code: 'provider_error', again: true, says: 'could not be reached or cut the connection' };

/** How providers name in the body what had no HTTP status of its own any more because the answer had begun. */
const STATUS_OF_NAME: Readonly<Record<string, number>> = {
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  api_error: 500,
  server_error: 500,
  overloaded_error: 529,
};
const BLOCKED_NAMES = new Set(['content_filter', 'content_policy_violation']);

/** Whoever asks for more does not mean this turn. */
const LONGEST_WAIT_MS = 86_400_000;

const TextOrNumber = z.union([z.string(), z.number()]).nullish();
/** An error as providers write it into a body or a stream. */
const ToldSchema = z.object({ message: z.string().nullish(), type: z.string().nullish(), code: TextOrNumber, statusCode: z.number().nullish() });
const BodySchema = z.object({ error: ToldSchema });

/** Reads any error that asking `provider` may end in. `secrets` never appear in the detail. */
export function toProviderFailure(given: unknown, provider: string, secrets: readonly string[]): ProviderFailure {
  const error = given instanceof StreamedError ? given.told : given;
  const say = (row: Omit<Row, 'statuses'>, line = '', retryAfterMs: number | null = null): ProviderFailure => {
    const told = line === '' || row.code === 'provider_auth' ? '.' : `: ${redactedLine(line, secrets)}`;
    const more = retryAfterMs === null || !row.again ? {} : { retryAfterMs };
    return { failure: failure(row.code, `The model provider ${provider} ${row.says}${told}`, more), again: row.again, retryAfterMs };
  };
  if (error instanceof FailureError) return { failure: error.failure, again: false, retryAfterMs: null };
  if (UnsupportedFunctionalityError.isInstance(error)) {
    return say({ code: 'execution_failed', again: false, says: 'cannot take this message' }, error.functionality);
  }
  if (APICallError.isInstance(error)) {
    const told = BodySchema.safeParse(error.data).data?.error;
    if (told !== undefined && isBlocked(told)) return say(BLOCKED);
    const row = rowOf(error.statusCode);
    if (row !== null) return say(row, error.message, retryAfterOf(error.responseHeaders));
    const named = told === undefined ? null : rowOf(statusOf(told));
    return say(named ?? (error.isRetryable || error.statusCode === undefined ? UNREACHABLE : BROKEN));
  }
  const told = ToldSchema.safeParse(error);
  if (told.success && !(error instanceof Error)) {
    return isBlocked(told.data) ? say(BLOCKED) : say(rowOf(statusOf(told.data)) ?? { ...BROKEN, says: 'failed' }, told.data.message ?? '');
  }
  return say(isConnectionError(error) ? UNREACHABLE : BROKEN);
}

function rowOf(status: number | undefined): Row | null {
  if (status === undefined) return null;
  return TABLE.find(({ statuses: [from, to] }) => from <= status && status <= to) ?? null;
}

function statusOf(told: z.infer<typeof ToldSchema>): number | undefined {
  if (typeof told.statusCode === 'number') return told.statusCode;
  if (typeof told.code === 'number') return told.code;
  return STATUS_OF_NAME[told.code ?? ''] ?? STATUS_OF_NAME[told.type ?? ''];
}

function isBlocked(told: z.infer<typeof ToldSchema>): boolean {
  return BLOCKED_NAMES.has(String(told.code)) || BLOCKED_NAMES.has(String(told.type));
}

/** The errors of undici and of the operating system carry a `code`; fetch wraps them as causes. */
function isConnectionError(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(at.code)) return true;
  }
  return false;
}

/** `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3); at most a day. */
function retryAfterOf(headers: Readonly<Record<string, string>> = {}): number | null {
  const { 'retry-after-ms': precise = '', 'retry-after': given = '' } = headers;
  const askedMs = numberIn(precise) ?? (numberIn(given) ?? (Date.parse(given) - Date.now()) / 1000) * 1000;
  return Number.isNaN(askedMs) ? null : Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(askedMs)));
}

function numberIn(text: string): number | null {
  return /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : null;
}
