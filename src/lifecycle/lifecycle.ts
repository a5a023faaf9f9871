import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Log } from '../observability/log.js';
import { runStep, type ShutdownStep, type StepReport } from './shutdown-step.js';

export const SHUTDOWN_PHASES = ['pre-drain', 'drain', 'cleanup', 'final'] as const;
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

export type PhasedStepReport = StepReport & { readonly phase: ShutdownPhase };

export interface ShutdownReport {
  readonly steps: readonly PhasedStepReport[];
  /** True when each step ended within its budget. */
  readonly clean: boolean;
}

/**
 * The one conductor of the shutdown: phases in order, the steps of a phase in the order they were registered, each within
 * what is left of its phase, and all within `SHUTDOWN_TOTAL_MS`. A step that does not end is cut and the next one begins.
 */
@Injectable()
export class Lifecycle {
  readonly #steps: { readonly phase: ShutdownPhase; readonly step: ShutdownStep }[] = [];
  readonly #watchers: ((report: PhasedStepReport) => void)[] = [];
  #shutdown: Promise<ShutdownReport> | null = null;

  constructor(
    private readonly config: Config,
    private readonly log: Log,
  ) {}

  register(phase: ShutdownPhase, step: ShutdownStep): void {
    this.#steps.push({ phase, step });
  }

  /** Tells of each step of the shutdown when it is over. */
  watch(told: (report: PhasedStepReport) => void): void {
    this.#watchers.push(told);
  }

  get shuttingDown(): boolean {
    return this.#shutdown !== null;
  }

  /** Runs the sequence once; later calls wait for the same one. */
  shutdown(): Promise<ShutdownReport> {
    return (this.#shutdown ??= this.#run());
  }

  async #run(): Promise<ShutdownReport> {
    const { SHUTDOWN_TOTAL_MS, SHUTDOWN_PRE_DRAIN_MS, SHUTDOWN_DRAIN_MS, SHUTDOWN_CLEANUP_MS, SHUTDOWN_FINAL_MS } = this.config.settings;
    const budgets: Record<ShutdownPhase, number> = {
      'pre-drain': SHUTDOWN_PRE_DRAIN_MS,
      drain: SHUTDOWN_DRAIN_MS,
      cleanup: SHUTDOWN_CLEANUP_MS,
      final: SHUTDOWN_FINAL_MS,
    };
    const end = performance.now() + SHUTDOWN_TOTAL_MS;
    const reports: PhasedStepReport[] = [];
    for (const phase of SHUTDOWN_PHASES) {
      const phaseEnd = Math.min(performance.now() + budgets[phase], end);
      for (const { step } of this.#steps.filter((entry) => entry.phase === phase)) {
        const report = { phase, ...(await runStep(step, Math.max(0, phaseEnd - performance.now()))) };
        reports.push(report);
        for (const told of this.#watchers) told(report);
        const { error, ...line } = report;
        if (report.outcome === 'done') this.log.debug('shutdown step', line);
        else this.log.warn('shutdown step', error === undefined ? line : { ...line, error });
      }
    }
    const clean = reports.every((report) => report.outcome === 'done');
    this.log.info('shut down', {
      clean,
      tookMs: Math.round(SHUTDOWN_TOTAL_MS - (end - performance.now())),
      steps: reports.map(({ phase, step, tookMs, outcome }) => ({ phase, step, tookMs, outcome })),
    });
    return { steps: reports, clean };
  }
}
