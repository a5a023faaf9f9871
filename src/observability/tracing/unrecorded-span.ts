import type { Span } from '#libs/ports';

/** Records nothing; whoever is called is told the trace all the same, and that it is not sampled. */
export class UnrecordedSpan implements Span {
  constructor(readonly traceparent: string) {}

  set(): void {
    return;
  }

  fail(): void {
    return;
  }

  end(): void {
    return;
  }
}
