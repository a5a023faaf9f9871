import type { LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { FailureError, type Usage } from '#libs/contracts';
import type { ClaimedTurn, ModelBudget, ModelCall } from '#libs/ports';
import { estimatePrompt, textTokens } from './conversation.js';

/** One call of a model under a budget: reserved before, watched while the answer comes, counted when it is over, however it ends. */
export class MeteredCall {
  private characters = 0;
  private begun = false;

  private constructor(
    private readonly call: ModelCall | null,
    private readonly inputTokens: number,
  ) {}

  /** Throws `budget_exhausted` when the budget does not allow the call. */
  static async begin(budget: ModelBudget | undefined, turn: ClaimedTurn, model: string, prompt: LanguageModelV4Prompt): Promise<MeteredCall> {
    if (budget === undefined) return new MeteredCall(null, 0);
    const inputTokens = estimatePrompt(prompt);
    return new MeteredCall(await budget.reserve(turn, model, inputTokens), inputTokens);
  }

  /** What the model is told about the length of its answer. */
  get limit(): { maxOutputTokens?: number } {
    const most = this.call?.maxOutputTokens ?? null;
    return most === null ? {} : { maxOutputTokens: most };
  }

  /** Throws `budget_exhausted` when the answer outgrows the budget. */
  take(part: LanguageModelV4StreamPart): void {
    if (part.type === 'text-delta' || part.type === 'reasoning-delta' || part.type === 'tool-input-delta') this.characters += part.delta.length;
    else if (part.type !== 'finish') return;
    this.begun = true;
    if (this.call === null || part.type === 'finish' || this.call.grew(textTokens(this.characters))) return;
    throw FailureError.of('budget_exhausted', 'The answer is longer than the tokens that are left of this day (UTC).');
  }

  /**
   * Counts what the provider reported; of an answer that broke off before it could report, what came by estimate; of one that never
   * began, nothing. Returns what the reply tells: only what was reported.
   */
  end(reported: Usage): Usage {
    if (this.call === null) return reported;
    if (reported.inputTokens + reported.outputTokens > 0) {
      const costUsd = this.call.settle(reported);
      return costUsd === undefined ? reported : { ...reported, costUsd };
    }
    if (this.begun) this.call.settle({ inputTokens: this.inputTokens, outputTokens: textTokens(this.characters) });
    else this.call.release();
    return reported;
  }
}
