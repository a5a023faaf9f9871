import type { Metadata } from '#libs/contracts';
import type { AcceptRequest } from '#libs/ports';

/** What a turn needs besides its message, kept as one JSON until the session is erased. */
export interface TurnContext {
  readonly projectIds: readonly string[];
  readonly metadata: Metadata;
  readonly replyContext: unknown;
}

export function contextOf({ projectIds = [], metadata = {}, replyContext = null }: AcceptRequest): TurnContext {
  return { projectIds, metadata, replyContext };
}

export function readContext(json: string | null): TurnContext {
  if (json === null) return { projectIds: [], metadata: {}, replyContext: null };
  const context: TurnContext = JSON.parse(json);
  return context;
}
