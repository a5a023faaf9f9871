import { Injectable } from '@nestjs/common';
import { failure } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { DoorsState } from '../../gateway/doors-state.js';
import { Opening } from '../../gateway/opening.js';
import { Log } from '../../observability/log.js';
import { WITHIN_MS, type StartRecord } from './start-record.js';

const RETRY_AFTER_MS = 30_000;
const MINUTES = WITHIN_MS / 60_000;

/**
 * Keeps the doors closed after starts that died one after another before they were ready: nothing that waits in the store is touched, no
 * channel starts and messages are refused, while the control plane and all reading work. Until somebody releases it, or a later start.
 */
@Injectable()
export class CrashLoopBreaker {
  #record: StartRecord | null = null;
  #tripped = false;
  #releasing: Promise<void> | null = null;

  constructor(
    private readonly doors: DoorsState,
    private readonly opening: Opening,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get tripped(): boolean {
    return this.#tripped;
  }

  /** When the starts began that died, in ms since the epoch. */
  get died(): readonly number[] {
    return this.#record?.died ?? [];
  }

  /** Why the doors are closed; null when they are not. */
  get reason(): string | null {
    return this.#tripped ? `${this.died.length} starts in ${MINUTES} minutes died before they were ready; the doors are closed` : null;
  }

  /** Called once, before anything of the store is taken up. Null: the breaker is off. */
  begin(record: StartRecord | null): void {
    this.#record = record;
    if (record?.looping !== true) return;
    this.#tripped = true;
    const reason = this.reason ?? '';
    this.doors.close(failure('overloaded', `${reason} until an operator opens them (parley crash-loop release)`, { retryAfterMs: RETRY_AFTER_MS }));
    this.log.error('crash loop', {
      reason,
      startedAt: record.died.map((at) => new Date(at).toISOString()),
      suggestion: 'find in the log above why they died and mend it, then run: parley crash-loop release; a start after five minutes tries by itself; CRASH_LOOP_BREAKER=false turns this off',
    });
  }

  /** Opens the doors and takes up what waits, as a start does; the log tells of it under `requestId`. False when they were not closed. */
  async release(requestId: string): Promise<boolean> {
    if (!this.#tripped) return false;
    await (this.#releasing ??= this.#open(requestId).finally(() => (this.#releasing = null)));
    return true;
  }

  async #open(requestId: string): Promise<void> {
    this.#record?.again(this.clock.now());
    await this.opening.takeUp();
    await this.opening.startChannels();
    this.doors.open();
    await this.opening.begin();
    this.#tripped = false;
    this.#record?.ready();
    this.log.info('the doors are open again', { requestId });
  }
}
