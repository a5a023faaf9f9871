import type { Scope } from '#libs/contracts';

/** What an end user may. One set for all: a user's socket should not cost a set of its own. */
export const USER_SCOPES: ReadonlySet<Scope> = new Set(['messages'] as const);
