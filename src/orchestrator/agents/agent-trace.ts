import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { FailureError } from '#libs/contracts';
import { NO_SPAN, NO_TRACING, type ClaimedTurn, type Span, type Tracing } from '#libs/ports';
import type { SkillResult } from '../skills/skill.js';

/** How the GenAI conventions name providers; others are called what the settings call them. */
const PROVIDERS: Readonly<Record<string, string>> = { local: 'parley' };

/**
 * The spans inside a turn: each step, in it the call of the model and those of skills. Names and attributes are those of the GenAI
 * semantic conventions of OpenTelemetry, version 1.41.0 (in development there). Nothing that was said or answered stands in them.
 */
export class AgentTrace {
  /** A trace that nobody keeps. */
  static readonly OFF = new AgentTrace(NO_TRACING, null, NO_SPAN);

  #step: Span = NO_SPAN;
  #count = 0;

  private constructor(
    private readonly tracing: Tracing,
    private readonly turn: ClaimedTurn | null,
    /** Stands for all spans of the turn when none is recorded. */
    private readonly unrecorded: Span | null,
  ) {}

  static of(tracing: Tracing, turn: ClaimedTurn): AgentTrace {
    return tracing.on && turn.traceparent !== undefined ? new AgentTrace(tracing, turn, tracing.unrecorded(turn.traceparent)) : AgentTrace.OFF;
  }

  /** The next step; ends the one before. */
  step(): void {
    if (this.turn === null || this.unrecorded !== null) return;
    this.#step.end();
    this.#count += 1;
    this.#step = this.tracing.begin(`step ${this.#count}`, { parent: this.turn.traceparent ?? null, attributes: { 'parley.step': this.#count } });
  }

  /** One call of the model `provider/model`. */
  model(name: string): Span {
    if (this.turn === null) return NO_SPAN;
    if (this.unrecorded !== null) return this.unrecorded;
    const slash = name.indexOf('/');
    const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
    return this.tracing.begin(`chat ${model}`, {
      parent: this.#step.traceparent,
      kind: provider === 'local' ? 'internal' : 'client',
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': PROVIDERS[provider] ?? provider,
        'gen_ai.request.model': model,
        'gen_ai.request.stream': true,
        'gen_ai.conversation.id': this.turn.sessionId,
      },
    });
  }

  /** One call of a skill. */
  skill(name: string, callId: string): Span {
    if (this.turn === null) return NO_SPAN;
    if (this.unrecorded !== null) return this.unrecorded;
    return this.tracing.begin(`execute_tool ${name}`, {
      parent: this.#step.traceparent ?? this.turn.traceparent ?? null,
      attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name, 'gen_ai.tool.type': 'function', 'gen_ai.tool.call.id': callId },
    });
  }

  /** The work is over. Also called before the last event, after which nobody pulls any more. */
  end(): void {
    this.#step.end();
  }
}

/** What a model says of its own answer. */
export function tellAnswer(span: Span, part: LanguageModelV4StreamPart): void {
  if (span === NO_SPAN) return;
  if (part.type === 'response-metadata' && part.modelId !== undefined) span.set({ 'gen_ai.response.model': part.modelId });
  if (part.type !== 'finish') return;
  const { inputTokens, outputTokens } = part.usage;
  span.set({
    'gen_ai.response.finish_reasons': [part.finishReason.unified],
    'gen_ai.usage.input_tokens': inputTokens.total ?? 0,
    'gen_ai.usage.output_tokens': outputTokens.total ?? 0,
  });
}

/** Ends the span of a call that threw. */
export function failed(span: Span, error: unknown): void {
  if (span === NO_SPAN) return;
  span.fail(error instanceof FailureError ? error.failure.code : 'cancelled');
  span.end();
}

/** Ends the span of a call of a skill. */
export function answered(span: Span, { outcome }: SkillResult): void {
  if (span === NO_SPAN) return;
  if (outcome !== 'ok') span.fail(outcome);
  span.end();
}
