export interface ShutdownStep {
  readonly name: string;
  /** Ends as soon as it can; when `deadline` is aborted it lets go of what is left. After `budgetMs` it is cut. */
  run(deadline: AbortSignal, budgetMs: number): Promise<void> | void;
}

export interface StepReport {
  readonly step: string;
  readonly tookMs: number;
  /** `cut`: it had not let go when its time was over. */
  readonly outcome: 'done' | 'cut' | 'failed';
  readonly error?: unknown;
}

/** Of its time a step has this share, at most this long, for letting go once its deadline is aborted. */
const LETTING_GO_SHARE = 0.2;
const LETTING_GO_MS = 1000;
/** Even without any time left a step is begun, and may do what takes no longer than this. */
const LEAST_MS = 50;

/** Runs a step and returns at the latest when its time is over, whatever the step does. */
export async function runStep(step: ShutdownStep, availableMs: number): Promise<StepReport> {
  const began = performance.now();
  const budgetMs = Math.max(availableMs, LEAST_MS);
  const deadline = new AbortController();
  const softMs = budgetMs - Math.min(budgetMs * LETTING_GO_SHARE, LETTING_GO_MS);
  const letGo = setTimeout(() => deadline.abort(), softMs);
  let cut: NodeJS.Timeout | undefined;
  const report = (outcome: StepReport['outcome']) => ({ step: step.name, tookMs: Math.round(performance.now() - began), outcome });
  try {
    const work = Promise.resolve(step.run(deadline.signal, availableMs)).then(() => 'done' as const);
    // Counted from here: on a busy machine time goes by before the step sets its own timers, and one that waits for nearly all its time would be cut.
    const over = new Promise<'cut'>((resolve) => (cut = setTimeout(() => resolve('cut'), budgetMs)));
    return report(await Promise.race([work, over]));
  } catch (error) {
    return { ...report('failed'), error };
  } finally {
    clearTimeout(letGo);
    clearTimeout(cut);
    deadline.abort();
  }
}
