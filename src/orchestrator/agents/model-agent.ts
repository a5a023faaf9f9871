import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from '@ai-sdk/provider';
import { FailureError, type Usage } from '#libs/contracts';
import { NO_TRACING, type ClaimedTurn, type History, type ModelBudget, type Tracing } from '#libs/ports';
import type { Model } from '../models/model.js';
import type { LostTurn, TurnEvent } from '../orchestrator.service.js';
import type { Skill, SkillResult } from '../skills/skill.js';
import { SkillRunner } from '../skills/skill-runner.js';
import { Agent } from './agent.js';
import { AgentTrace, answered, failed, tellAnswer } from './agent-trace.js';
import { Answer, MAX_CALLS } from './answer.js';
import { estimatePrompt, readConversation, toMessage, type FileMode } from './conversation.js';
import { MeteredCall } from './metered-call.js';
import { readCall } from './read-call.js';
import { toolCallPart, toolResultPart, type Call } from './tool-messages.js';
import { readJournal } from './turn-journal.js';

const MAX_STEPS = 8;
const MAX_REPLY = 1024 * 1024;

export interface ModelAgentOptions {
  readonly name: string;
  readonly model: Model;
  /** Said before everything else; null: nothing. */
  readonly instructions: string | null;
  /** All that this agent may call. */
  readonly skills: readonly Skill[];
  /** How much of the session the model is told, in estimated tokens; 0 reads no history at all. */
  readonly historyTokens: number;
  readonly files: FileMode;
}

/**
 * Answers by a language model, step by step: ask, run the skills it calls, ask again. Each call stands in the journal before it is made.
 * After a crash the journal is told to the model instead of calling again; see `resume` for a call whose end is not known.
 */
export class ModelAgent extends Agent {
  override readonly backEnd;
  override readonly modelName;
  override readonly skillNames: readonly string[];
  private readonly skills: SkillRunner;
  private readonly tools: Pick<LanguageModelV4CallOptions, 'tools'>;

  constructor(
    private readonly options: ModelAgentOptions,
    private readonly history: History,
    private readonly budget?: ModelBudget,
    private readonly tracing: Tracing = NO_TRACING,
  ) {
    super();
    this.backEnd = options.model.backEnd ?? null;
    this.modelName = options.model.name;
    this.skillNames = options.skills.map(({ tool }) => tool.name);
    this.skills = new SkillRunner(options.skills);
    this.tools = options.skills.length === 0 ? {} : { tools: options.skills.map((skill) => skill.tool) };
  }

  get name(): string {
    return this.options.name;
  }

  run(turn: ClaimedTurn, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const trace = AgentTrace.of(this.tracing, turn);
    const work = this.work(turn, signal, trace);
    return trace === AgentTrace.OFF ? work : traced(work, trace);
  }

  override async countLost(turn: LostTurn): Promise<void> {
    if (this.budget === undefined) return;
    const prompt = await this.openingPrompt(turn);
    const settled = turn.checkpoint?.text.slice(0, turn.checkpoint.settled) ?? '';
    if (settled !== '') prompt.push({ role: 'assistant', content: [{ type: 'text', text: settled }] });
    for (const call of readJournal(await this.history.turnEvents(turn.turnId))) {
      prompt.push({ role: 'assistant', content: [toolCallPart(call)] });
      if (call.result !== null) prompt.push({ role: 'tool', content: [toolResultPart(call, call.result)] });
    }
    await this.budget.countLost(turn, this.options.model.name, estimatePrompt(prompt));
  }

  private async *work(turn: ClaimedTurn, signal: AbortSignal, trace: AgentTrace): AsyncGenerator<TurnEvent, void> {
    const prompt = await this.openingPrompt(turn);
    let made = turn.attempt > 1 ? yield* this.resume(turn, prompt, signal, trace) : 0;
    let length = 0;
    let usage: Usage = { inputTokens: 0, outputTokens: 0 };
    // The journal tells calls, not steps: there were at least as many as these calls need, and one more may always follow.
    for (let step = Math.min(Math.ceil(made / MAX_CALLS), MAX_STEPS - 1); step < MAX_STEPS; step += 1) {
      trace.step();
      const answer = new Answer();
      const metered = await MeteredCall.begin(this.budget, turn, this.options.model.name, prompt);
      const span = trace.model(this.options.model.name);
      const headers = span.traceparent === null ? {} : { headers: { traceparent: span.traceparent } };
      try {
        for await (const part of this.options.model.stream({ prompt, abortSignal: signal, ...headers, ...metered.limit, ...this.tools })) {
          metered.take(part);
          tellAnswer(span, part);
          signal.throwIfAborted();
          const text = answer.take(part);
          if (text === '') continue;
          length += text.length;
          if (length > MAX_REPLY) throw FailureError.of('execution_failed', `The reply is longer than ${MAX_REPLY} characters.`);
          yield { type: 'text', text };
        }
      } catch (error) {
        failed(span, error);
        throw error;
      } finally {
        span.end();
        usage = sum(usage, metered.end(answer.usage));
      }
      signal.throwIfAborted();
      const rest = answer.end();
      if (rest !== '') yield { type: 'text', text: rest };
      if (answer.calls.length === 0) {
        trace.end();
        yield { type: 'completed', model: this.options.model.name, usage };
        return;
      }
      yield { type: 'step-settled' };
      const calls = answer.calls.map((call, index) => readCall(call, `${turn.turnId}-${made + index + 1}`));
      const said = answer.text === '' ? [] : [{ type: 'text' as const, text: answer.text }];
      prompt.push({ role: 'assistant', content: [...said, ...calls.map(toolCallPart)] });
      for (const call of calls) {
        made += 1;
        yield { type: 'tool-called', ...call };
        yield* this.make(call, made, turn, prompt, signal, trace);
      }
    }
    throw FailureError.of('execution_failed', `The agent did not come to an end within ${MAX_STEPS} steps.`);
  }

  private async openingPrompt(turn: Pick<ClaimedTurn, 'sessionId' | 'acceptedSeq' | 'content'>): Promise<LanguageModelV4Prompt> {
    const { instructions, historyTokens, files } = this.options;
    const prompt: LanguageModelV4Prompt = instructions === null ? [] : [{ role: 'system', content: instructions }];
    // The first message of a session has nothing before it.
    if (historyTokens > 0 && turn.acceptedSeq > 1) {
      const earlier = await readConversation(this.history, turn.sessionId, turn.acceptedSeq, historyTokens);
      for (const utterance of earlier) prompt.push(toMessage(utterance, files));
    }
    prompt.push(toMessage({ role: 'user', content: turn.content }, files));
    return prompt;
  }

  /**
   * Takes up the calls of earlier attempts and returns how many there were. Finished ones are only told to the model. One whose end is
   * not known is made again under the same key when its skill is idempotent; otherwise it may have happened, and the turn fails.
   * Without any call there is nothing to keep: the model is asked from the beginning.
   */
  private async *resume(turn: ClaimedTurn, prompt: LanguageModelV4Prompt, signal: AbortSignal, trace: AgentTrace): AsyncGenerator<TurnEvent, number> {
    const journal = readJournal(await this.history.turnEvents(turn.turnId));
    if (journal.length === 0) return 0;
    const settled = turn.checkpoint?.text.slice(0, turn.checkpoint.settled) ?? '';
    if (settled !== '') {
      yield { type: 'text', text: settled };
      yield { type: 'step-settled' };
    }
    for (const [index, call] of journal.entries()) {
      const said = index === 0 && settled !== '' ? [{ type: 'text' as const, text: settled }] : [];
      prompt.push({ role: 'assistant', content: [...said, toolCallPart(call)] });
      if (call.result !== null) {
        prompt.push({ role: 'tool', content: [toolResultPart(call, call.result)] });
        continue;
      }
      if (this.skills.find(call.skill)?.idempotent !== true) {
        const detail = `The skill ${call.skill} was called and the gateway stopped before its answer was kept: the call may have happened, so it is not repeated.`;
        throw FailureError.of('execution_failed', detail);
      }
      yield* this.make(call, call.step, turn, prompt, signal, trace);
    }
    return journal.length;
  }

  private async call({ skill, input, callId }: Call, step: number, turn: ClaimedTurn, signal: AbortSignal, trace: AgentTrace): Promise<SkillResult> {
    const span = trace.skill(skill, callId);
    try {
      const result = await this.skills.run(skill, input, step, turn, signal);
      answered(span, result);
      return result;
    } catch (error) {
      failed(span, error);
      throw error;
    }
  }

  private async *make(
    call: Call,
    step: number,
    turn: ClaimedTurn,
    prompt: LanguageModelV4Prompt,
    signal: AbortSignal,
    trace: AgentTrace,
  ): AsyncGenerator<TurnEvent, void> {
    const result = await this.call(call, step, turn, signal, trace);
    yield { type: 'tool-finished', callId: call.callId, outcome: result.outcome, output: result.output };
    const part = toolResultPart(call, result);
    const last = prompt.at(-1);
    if (last?.role === 'tool') last.content.push(part);
    else prompt.push({ role: 'tool', content: [part] });
  }
}

async function* traced(work: AsyncGenerator<TurnEvent, void>, trace: AgentTrace): AsyncGenerator<TurnEvent, void> {
  try {
    yield* work;
  } finally {
    trace.end();
  }
}

function sum(one: Usage, other: Usage): Usage {
  const tokens = { inputTokens: one.inputTokens + other.inputTokens, outputTokens: one.outputTokens + other.outputTokens };
  if (one.costUsd === undefined && other.costUsd === undefined) return tokens;
  return { ...tokens, costUsd: (one.costUsd ?? 0) + (other.costUsd ?? 0) };
}
