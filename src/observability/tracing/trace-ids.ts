import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;
/** Bytes that are drawn at a time. */
const DRAWN = 3072;

/** Ids of traces and spans, hexadecimal. The random digits are drawn for many at a time: most of the cost of one is the asking. */
export class TraceIds implements IdGenerator {
  readonly #bytes = Buffer.alloc(DRAWN);
  #digits = '';
  #used = 0;
  #begun: string | null = null;

  /** The next trace that the SDK begins has this id. */
  begin(traceId: string): void {
    this.#begun = traceId;
  }

  generateTraceId(): string {
    const begun = this.#begun;
    this.#begun = null;
    return begun ?? this.#take(TRACE_DIGITS);
  }

  generateSpanId(): string {
    return this.#take(SPAN_DIGITS);
  }

  #take(count: number): string {
    if (this.#used + count > this.#digits.length) {
      this.#digits = randomFillSync(this.#bytes).toString('hex');
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += count;
    return this.#digits.slice(from, this.#used);
  }
}
