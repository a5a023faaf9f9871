import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { BackEnd } from './back-end.js';

/** A language model as the step loop asks it. */
export interface Model {
  /** `provider/model`, as the settings and `meta.model` name it. */
  readonly name: string;
  /** Absent: it is in this process. */
  readonly backEnd?: BackEnd;
  /** One answer, part by part. Rejects with a `FailureError` when the model or the way to it fails. */
  stream(call: LanguageModelV4CallOptions): AsyncIterable<LanguageModelV4StreamPart>;
}

/** A model in this process: nothing lies between us, so there is nothing to wait for, retry or translate. */
export class LocalModel implements Model {
  constructor(
    readonly name: string,
    private readonly model: LanguageModelV4,
  ) {}

  async *stream(call: LanguageModelV4CallOptions): AsyncIterable<LanguageModelV4StreamPart> {
    const { stream } = await this.model.doStream(call);
    yield* stream;
  }
}
