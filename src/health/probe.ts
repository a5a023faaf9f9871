/** Asks one thing whether it works. */
export interface Probe {
  readonly name: string;
  /** What its failure means for the whole: not ready, or ready with less. */
  readonly weight: 'critical' | 'degrading';
  /** Least time between two questions in ms; 0 for what costs nothing to ask. */
  readonly everyMs: number;
  /** Rejects, or resolves with a reason, when it does not work. */
  check(): Promise<string | null> | string | null;
}
