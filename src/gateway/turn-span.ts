import { NO_SPAN, type ClaimedTurn, type Span, type Tracing } from '#libs/ports';
import type { TurnEvent } from '../orchestrator/orchestrator.service.js';

/**
 * The span of a turn's work, under the one that took its message in. At the first attempt the time that the turn waited is a span before
 * it; a later attempt, after a crash, is in the same trace and linked to the message.
 */
export function beginTurnSpan(tracing: Tracing, turn: ClaimedTurn): Span {
  if (!tracing.on) return NO_SPAN;
  const parent = turn.traceparent ?? null;
  const unrecorded = tracing.unrecorded(parent);
  if (unrecorded !== null) return unrecorded;
  const again = turn.attempt > 1;
  if (parent !== null && !again) tracing.begin('queue', { parent, at: turn.acceptedAt }).end(Math.max(turn.acceptedAt, turn.startedAt));
  return tracing.begin(`invoke_agent ${turn.agent}`, {
    parent,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': turn.agent,
      'gen_ai.conversation.id': turn.sessionId,
      'parley.turn.id': turn.turnId,
      'parley.turn.attempt': turn.attempt,
      'parley.tenant.id': turn.tenantId,
    },
    links: again && parent !== null ? [parent] : [],
  });
}

/** The turn as its agent is given it: what it does belongs to the span. */
export function within({ traceparent }: Span, turn: ClaimedTurn): ClaimedTurn {
  return traceparent === null || traceparent === turn.traceparent ? turn : { ...turn, traceparent };
}

export function tellUsage(span: Span, { model, usage }: Extract<TurnEvent, { type: 'completed' }>): void {
  if (span === NO_SPAN) return;
  span.set({ 'gen_ai.request.model': model, 'gen_ai.usage.input_tokens': usage.inputTokens, 'gen_ai.usage.output_tokens': usage.outputTokens });
}
