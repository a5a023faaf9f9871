import type { ErrorCode } from '#libs/contracts';

/** Why a message may be refused, beyond what every route answers. */
export const SEND_PROBLEMS = ['not_found', 'idempotency_conflict', 'overloaded', 'shutting_down'] as const satisfies readonly ErrorCode[];

/** How the turn of a message may end when its end is waited for. */
export const WAIT_PROBLEMS = [
  'cancelled',
  'content_blocked',
  'execution_failed',
  'budget_exhausted',
  'provider_error',
  'provider_auth',
  'provider_rate_limited',
  'timeout',
] as const satisfies readonly ErrorCode[];
