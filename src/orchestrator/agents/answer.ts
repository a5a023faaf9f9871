import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart, LanguageModelV4ToolCall } from '@ai-sdk/provider';
import { FailureError, type Usage } from '#libs/contracts';

/** Calls of skills that one answer may ask for. */
export const MAX_CALLS = 16;
/** Characters that all their arguments may have while they come in; what one call may have is bounded when it is read. */
const MAX_ARGUMENTS = 1024 * 1024;
/** No call of a model takes or makes as many tokens. */
const MAX_TOKENS = 1_000_000_000;

/** One answer of a model while it comes in. */
export class Answer {
  text = '';
  readonly calls: LanguageModelV4ToolCall[] = [];
  usage: Usage = { inputTokens: 0, outputTokens: 0 };
  private heldBack = '';
  private argumentsLength = 0;
  private finish: LanguageModelV4FinishReason['unified'] | null = null;

  /** Takes the next part; returns the text that may go out now, which never ends inside a surrogate pair. */
  take(part: LanguageModelV4StreamPart): string {
    switch (part.type) {
      case 'text-delta':
        return this.append(part.delta);
      case 'tool-input-delta':
        this.argumentsLength += part.delta.length;
        if (this.argumentsLength > MAX_ARGUMENTS) throw FailureError.of('execution_failed', `The model wrote more than ${MAX_ARGUMENTS} characters of arguments.`);
        return '';
      case 'tool-call':
        if (part.providerExecuted !== true) this.calls.push(part);
        if (this.calls.length > MAX_CALLS) throw FailureError.of('execution_failed', `The model asked for more than ${MAX_CALLS} calls at once.`);
        return '';
      case 'finish':
        this.finish = part.finishReason.unified;
        this.usage = { inputTokens: tokensIn(part.usage.inputTokens.total), outputTokens: tokensIn(part.usage.outputTokens.total) };
        return '';
      default:
        return '';
    }
  }

  /** Returns what was held back. Throws when the answer was blocked or did not come to its end. */
  end(): string {
    if (this.finish === 'content-filter') throw FailureError.of('content_blocked', 'The model provider blocked the answer.');
    if (this.finish === null || this.finish === 'error' || this.finish === 'interrupted') {
      throw FailureError.of('provider_error', 'The answer of the model broke off.');
    }
    const rest = this.heldBack;
    this.text += rest;
    this.heldBack = '';
    return rest;
  }

  private append(delta: string): string {
    const text = this.heldBack + delta;
    this.heldBack = endsInsidePair(text) ? text.slice(-1) : '';
    const whole = this.heldBack === '' ? text : text.slice(0, -1);
    this.text += whole;
    return whole;
  }
}

/** What a provider reports, as whole tokens. */
function tokensIn(reported = 0): number {
  return reported > 0 ? Math.min(MAX_TOKENS, Math.ceil(reported)) : 0;
}

function endsInsidePair(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
