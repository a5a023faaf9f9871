import type { Problem } from '#libs/contracts';

/** What went wrong, as the page tells it: a problem of the gateway, or the page's own words when the gateway was not reached. */
export interface Trouble {
  readonly code: Problem['code'] | 'unreachable';
  readonly title: string;
  readonly detail: string;
  readonly suggestion?: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** The gateway could not be reached at all, or what answered was not the gateway. */
export const UNREACHABLE: Trouble = {
  code: 'unreachable',
  title: 'The gateway does not answer',
  detail: 'Nothing came back from the address of this page.',
  suggestion: 'Check that it is running and that you are connected, then try again.',
  retryable: true,
};

/** True when `value` is a problem of the gateway (RFC 9457 with our members). */
export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'title' in value && 'detail' in value && 'retryable' in value;
}

/** Trouble on its way up to the view that shows it. */
export class TroubleError extends Error {
  constructor(readonly trouble: Trouble) {
    super(`${trouble.title}: ${trouble.detail}`);
    this.name = 'TroubleError';
  }
}

/** The trouble in anything that was thrown. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof TroubleError) return error.trouble;
  return UNREACHABLE;
}
