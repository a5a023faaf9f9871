import type { Metadata } from '#libs/contracts';
import type { AcceptRequest } from '#libs/ports';

/** What a turn needs besides its message, kept as one JSON until the session is erased. */
export interface TurnContext {
  readonly projectIds: readonly string[];
  readonly metadata: Metadata;
  readonly replyContext: unknown;
  readonly traceparent?: string;
}

const NOTHING: TurnContext = { projectIds: [], metadata: {}, replyContext: null };

export function contextOf(request: AcceptRequest): TurnContext {
  const { projectIds = [], metadata = {}, replyContext = null, traceparent } = request;
  return traceparent === undefined ? { projectIds, metadata, replyContext } : { projectIds, metadata, replyContext, traceparent };
}

/** Null when there is nothing to keep. */
export function writeContext(context: TurnContext): string | null {
  const { projectIds, metadata, replyContext, traceparent } = context;
  const empty = projectIds.length === 0 && replyContext === null && traceparent === undefined && Object.keys(metadata).length === 0;
  return empty ? null : JSON.stringify(context);
}

export function readContext(json: string | null): TurnContext {
  if (json === null) return NOTHING;
  const context: TurnContext = JSON.parse(json);
  return context;
}

/** The trace alone, where there is one. */
export function traceOf({ traceparent }: TurnContext): Pick<TurnContext, 'traceparent'> {
  return traceparent === undefined ? {} : { traceparent };
}
