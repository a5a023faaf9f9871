import type { Metadata } from '#libs/contracts';
import type { AcceptRequest } from '#libs/ports';

/** What a turn needs besides its message, kept as one JSON until the session is erased. */
export interface TurnContext {
  readonly projectIds: readonly string[];
  readonly metadata: Metadata;
  readonly replyContext: unknown;
}

const NOTHING: TurnContext = { projectIds: [], metadata: {}, replyContext: null };

export function contextOf(request: AcceptRequest): TurnContext {
  const { projectIds = [], metadata = {}, replyContext = null } = request;
  return { projectIds, metadata, replyContext };
}

/** Null when there is nothing to keep. */
export function writeContext(context: TurnContext): string | null {
  const empty = context.projectIds.length === 0 && context.replyContext === null && Object.keys(context.metadata).length === 0;
  return empty ? null : JSON.stringify(context);
}

export function readContext(json: string | null): TurnContext {
  if (json === null) return NOTHING;
  const context: TurnContext = JSON.parse(json);
  return context;
}
