import { setTimeout as delay } from 'node:timers/promises';
import { AISDKError, type LanguageModelV4, type LanguageModelV4CallOptions, type LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { FailureError } from '#libs/contracts';
import type { BackEnd } from '../models/back-end.js';
import type { Model } from '../models/model.js';
import { untilAborted } from '../until-aborted.js';
import { StreamedError, toProviderFailure } from './provider-failure.js';

export interface ProviderDeadlines {
  /** From the request to the first sign of an answer. */
  readonly answerMs: number;
  /** Between two signs of life of an answer that has begun. */
  readonly stallMs: number;
  /** Between two signs of life of a model that thinks: some providers say only that it does, and are silent until it has done. */
  readonly thinkMs: number;
  /** The longest that a provider may make us wait before the next try; asked for more, the turn fails. */
  readonly retryWaitMs: number;
}

const PROVIDER_DEADLINES: ProviderDeadlines = { answerMs: 60_000, stallMs: 30_000, thinkMs: 600_000, retryWaitMs: 5_000 };

const RETRIES = 2;
const FIRST_WAIT_MS = 250;

export interface ProviderModelOptions {
  /** `provider/model`. */
  readonly name: string;
  readonly provider: string;
  /** Called at the first turn, so that a provider nobody uses costs nothing. */
  readonly load: () => Promise<LanguageModelV4>;
  readonly call?: Pick<LanguageModelV4CallOptions, 'providerOptions'>;
  /** Never shown in a failure. */
  readonly secrets: readonly string[];
  readonly backEnd: BackEnd;
}

/**
 * A model behind a network: each wait has a deadline, the request ends when its caller does, and what fails is a `FailureError`.
 * Asked again at most twice, and only before the first part of the answer has been given out.
 */
export class ProviderModel implements Model {
  readonly name: string;
  readonly backEnd: BackEnd;
  private model: Promise<LanguageModelV4> | null = null;

  constructor(
    private readonly options: ProviderModelOptions,
    private readonly deadlines: ProviderDeadlines = PROVIDER_DEADLINES,
  ) {
    this.name = options.name;
    this.backEnd = options.backEnd;
  }

  async *stream(call: LanguageModelV4CallOptions): AsyncGenerator<LanguageModelV4StreamPart, void> {
    for (let retry = 0; ; retry += 1) {
      let begun = false;
      try {
        for await (const part of this.ask(call)) {
          begun ||= isAnswer(part);
          yield part;
        }
        return;
      } catch (error) {
        call.abortSignal?.throwIfAborted();
        const { failure, again, retryAfterMs } = toProviderFailure(error, this.options.provider, this.options.secrets);
        const waitMs = retryAfterMs ?? FIRST_WAIT_MS * 2 ** retry;
        if (begun || !again || retry === RETRIES || waitMs > this.deadlines.retryWaitMs) throw new FailureError(failure, causeOf(error));
        await delay(waitMs, undefined, call.abortSignal === undefined ? {} : { signal: call.abortSignal });
      }
    }
  }

  private async *ask(call: LanguageModelV4CallOptions): AsyncGenerator<LanguageModelV4StreamPart, void> {
    const request = new AbortController();
    const onAbort = (): void => request.abort(call.abortSignal?.reason);
    call.abortSignal?.addEventListener('abort', onAbort, { once: true });
    let silence = this.hangUpAfter(this.deadlines.answerMs, request);
    try {
      call.abortSignal?.throwIfAborted();
      const model = await (this.model ??= this.options.load());
      const { stream } = await untilAborted(model.doStream({ ...call, ...this.options.call, abortSignal: request.signal }), request.signal);
      const reader = stream.getReader();
      for (;;) {
        const { done, value } = await untilAborted(reader.read(), request.signal);
        if (done) return;
        if (value.type === 'error') throw new StreamedError(value.error);
        if (isAnswer(value)) clearTimeout(silence);
        yield value;
        if (isAnswer(value)) silence = this.hangUpAfter(this.deadlines[isThinking(value) ? 'thinkMs' : 'stallMs'], request);
      }
    } finally {
      clearTimeout(silence);
      call.abortSignal?.removeEventListener('abort', onAbort);
      request.abort();
    }
  }

  private hangUpAfter(ms: number, request: AbortController): NodeJS.Timeout {
    return setTimeout(() => request.abort(FailureError.of('timeout', `The model provider ${this.options.provider} sent nothing for ${ms} ms.`)), ms);
  }
}

/** What comes before the answer itself tells nobody anything; after it, the request may still be made again. */
function isAnswer(part: LanguageModelV4StreamPart): boolean {
  return part.type !== 'stream-start' && part.type !== 'response-metadata';
}

function isThinking(part: LanguageModelV4StreamPart): boolean {
  return part.type === 'reasoning-start' || part.type === 'reasoning-delta';
}

/** The provider libraries' errors hold the prompt and the raw answer, which must not come into a log. */
function causeOf(error: unknown): ErrorOptions {
  return AISDKError.isInstance(error) || error instanceof StreamedError ? {} : { cause: error };
}
