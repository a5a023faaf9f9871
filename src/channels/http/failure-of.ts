import { HttpException } from '@nestjs/common';
import { failure, type ErrorCode, type Failure } from '#libs/contracts';
import { toldFailure } from '../told-failure.js';

const RETRY_AFTER_MS = 1000;

/** What the statuses that Nest and Fastify answer with are called in our table of errors. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'payload_too_large',
  414: 'not_found',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

const DETAIL_OF_CODE: Partial<Record<ErrorCode, string>> = {
  payload_too_large: 'The request body is larger than this gateway takes.',
  unsupported_media_type: 'Send a body as application/json.',
  not_found: 'There is nothing at this address.',
};

/** The failure that an exception stands for; null for what is a fault of ours and must not be told. */
export function failureOf(error: unknown): Failure | null {
  const told = toldFailure(error);
  if (told !== null) return told;
  const status = statusOf(error);
  if (status === null) return null;
  const code = CODE_OF_STATUS[status] ?? 'validation_failed';
  const detail = DETAIL_OF_CODE[code] ?? (error instanceof Error ? error.message : 'The request is not valid.');
  return failure(code, detail, code === 'rate_limited' ? { retryAfterMs: RETRY_AFTER_MS } : {});
}

/** Status of an error that blames the caller (4xx), as Nest and Fastify mark it. */
function statusOf(error: unknown): number | null {
  const status =
    error instanceof HttpException ? error.getStatus() : error instanceof Error && 'statusCode' in error && 'code' in error ? error.statusCode : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
