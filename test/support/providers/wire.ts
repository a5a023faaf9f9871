/** What a scripted model says in one answer. */
export interface Script {
  readonly text?: readonly string[];
  readonly calls?: readonly ScriptedCall[];
  readonly end?: 'stop' | 'content-filter';
}

export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** The JSON of the arguments, in the pieces in which it is streamed. */
  readonly arguments: readonly string[];
}

/** How one kind of provider speaks. Token counts are always 11 in and 7 out. */
export interface Wire {
  readonly model: string;
  /** Settings that lead to a server of this kind. */
  settings(url: string, key: string): Readonly<Record<string, string>>;
  /** Where its requests go. */
  readonly path: string;
  readonly keyHeader: { readonly name: string; value(key: string): string };
  frames(script: Script): readonly string[];
  /** The first of an answer whose model thinks and has said nothing yet. */
  thinking(): readonly string[];
  errorBody(message: string): unknown;
  /** An error told inside a stream that has begun. */
  errorFrame(kind: 'rate-limit' | 'server', message: string): string;
  /** Texts that a request sends, whatever their role, as one JSON. */
  readonly conversation: string;
}
