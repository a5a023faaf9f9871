import type { Author, ErrorCode, TurnState } from '#libs/contracts';
import { NO_SPAN, type Checkpoint, type ClaimedTurn, type Span } from '#libs/ports';

/** Why a running turn is asked to stop. */
export type StopReason =
  | { readonly kind: 'cancelled'; readonly by: Author }
  | { readonly kind: 'timeout' }
  /** The process goes away: the turn returns to the queue. */
  | { readonly kind: 'shutdown' };

export const STOPPED = Symbol('stopped');

/** A turn while this process works on it: its text so far, and the ways to stop it and to wait for its end. */
export class RunningTurn {
  text = '';
  /** When its first text came; ms since the epoch. */
  firstTextAt: number | null = null;
  /** UTF-16 length of the text that belongs to finished steps. */
  settled = 0;
  /** UTF-16 length of the text that survives a crash. */
  kept = 0;
  /** Since when text waits to be kept; ms since the epoch. */
  unkeptSince: number | null = null;
  /** The last try to keep its text failed, and the log has said so. */
  cannotBeKept = false;
  stopReason: StopReason | null = null;
  /** Why its end is a failure, once it has one. */
  failedWith: ErrorCode | null = null;
  readonly #abort = new AbortController();
  #onStop: (() => void) | null = null;
  #waiting: ((state: TurnState | 'queued') => void)[] = [];
  #state: TurnState = 'running';

  constructor(
    readonly turn: ClaimedTurn,
    readonly span: Span = NO_SPAN,
  ) {}

  /** Of the message; undefined where its door gave none. */
  get requestId(): string | undefined {
    return this.turn.requestId;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get checkpoint(): Checkpoint {
    return { text: this.text, settled: this.settled };
  }

  /** Asks the work to stop. Only the first reason counts. */
  stop(reason: StopReason): void {
    if (this.stopReason !== null || this.#state !== 'running') return;
    this.stopReason = reason;
    this.#abort.abort();
    this.#onStop?.();
  }

  /** The work's next piece, or `STOPPED` as soon as it is asked to stop, whether the work listens or not. */
  orStopped<Piece>(work: Promise<Piece>): Promise<Piece | typeof STOPPED> {
    return new Promise((resolve, reject) => {
      if (this.stopReason !== null) {
        work.catch(() => undefined);
        resolve(STOPPED);
        return;
      }
      this.#onStop = () => resolve(STOPPED);
      work.then(resolve, reject);
    });
  }

  /** Resolves with the state in which this process let go of the turn. */
  ended(): Promise<TurnState> {
    if (this.#state !== 'running') return Promise.resolve(this.#state);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  end(state: TurnState): void {
    this.#state = state;
    if (this.span !== NO_SPAN) this.#endSpan(state);
    for (const resolve of this.#waiting) resolve(state);
    this.#waiting = [];
  }

  #endSpan(state: TurnState): void {
    if (state === 'failed' && this.failedWith !== null) this.span.fail(this.failedWith);
    this.span.set({ 'parley.turn.state': state });
    this.span.end();
  }
}
