/** Values that a span may carry. Never what people or models said. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[]>>;

export interface SpanStart {
  /** `traceparent` (W3C Trace Context) of what it belongs to; null: a trace begins. */
  readonly parent: string | null;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer';
  readonly attributes?: SpanAttributes;
  /** Milliseconds since the epoch; absent: now. */
  readonly at?: number;
  /** `traceparent`s of what it goes on from. */
  readonly links?: readonly string[];
}

/** A piece of work as a trace shows it. Nothing here waits or throws. */
export interface Span {
  /** For whoever is called within it; null when tracing is off. */
  readonly traceparent: string | null;
  set(attributes: SpanAttributes): void;
  /** It failed; `code` is one of the table of errors, or a name of the same kind. */
  fail(code: string): void;
  /** Ends it, once. `at`: milliseconds since the epoch; absent: now. */
  end(at?: number): void;
}

/** Tells traces what happens. When it is off, nobody has to ask it anything. */
export abstract class Tracing {
  abstract readonly on: boolean;
  abstract begin(name: string, start: SpanStart): Span;
  /** Stands for every span beneath `parent` when none of them would be recorded; null when `begin` has to be asked. */
  abstract unrecorded(parent: string | null): Span | null;
  /** Sends what is still here; returns at the latest when `deadline` is aborted. */
  abstract flush(deadline: AbortSignal): Promise<void>;
}

/** A span that nobody records. */
export const NO_SPAN: Span = { traceparent: null, set: () => undefined, fail: () => undefined, end: () => undefined };

class NoTracing extends Tracing {
  readonly on = false;

  begin(): Span {
    return NO_SPAN;
  }

  unrecorded(): Span {
    return NO_SPAN;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Tracing that is off. */
export const NO_TRACING: Tracing = new NoTracing();
