import type { Metadata } from '#libs/contracts';
import type { AcceptRequest } from '#libs/ports';

/** What a turn needs besides its message, kept as one JSON until the session is erased. */
export interface TurnContext {
  readonly projectIds: readonly string[];
  readonly metadata: Metadata;
  readonly replyContext: unknown;
  readonly traceparent?: string;
  readonly requestId?: string;
}

const NOTHING: TurnContext = { projectIds: [], metadata: {}, replyContext: null };

export function contextOf(request: AcceptRequest): TurnContext {
  const { projectIds = [], metadata = {}, replyContext = null } = request;
  return { projectIds, metadata, replyContext, ...traceOf(request), ...requestOf(request) };
}

/** Null when there is nothing to keep. */
export function writeContext(context: TurnContext): string | null {
  const { projectIds, metadata, replyContext, traceparent, requestId } = context;
  const isOfNoCall = traceparent === undefined && requestId === undefined;
  const empty = isOfNoCall && projectIds.length === 0 && replyContext === null && Object.keys(metadata).length === 0;
  return empty ? null : JSON.stringify(context);
}

export function readContext(json: string | null): TurnContext {
  if (json === null) return NOTHING;
  const context: TurnContext = JSON.parse(json);
  return context;
}

/** The trace alone, where there is one. */
export function traceOf({ traceparent }: Pick<TurnContext, 'traceparent'>): Pick<TurnContext, 'traceparent'> {
  return traceparent === undefined ? {} : { traceparent };
}

/** The id of the request alone, where there is one. */
export function requestOf({ requestId }: Pick<TurnContext, 'requestId'>): Pick<TurnContext, 'requestId'> {
  return requestId === undefined ? {} : { requestId };
}
