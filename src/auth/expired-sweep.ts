import { Injectable } from '@nestjs/common';
import { Clock, OperatorSessions, Tokens } from '#libs/ports';
import { Log } from '../observability/log.js';

const SWEEP_EVERY = 256;
const SWEPT_AT_ONCE = 1024;

/** Clears away tokens and sessions that ended unused: with every 256th that is made up to 1,024 old ones go, so they never pile up. */
@Injectable()
export class ExpiredSweep {
  private made = 0;

  constructor(
    private readonly tokens: Tokens,
    private readonly sessions: OperatorSessions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Called for each token or session that is made; waits for nothing. */
  noteMade(): void {
    this.made += 1;
    if (this.made % SWEEP_EVERY === 0) void this.sweep();
  }

  private async sweep(): Promise<void> {
    const now = this.clock.now();
    try {
      await this.tokens.sweep(now, SWEPT_AT_ONCE);
      await this.sessions.sweep(now, SWEPT_AT_ONCE);
    } catch (error) {
      this.log.warn('Ended tokens and sessions could not be cleared away; trying again later', { error });
    }
  }
}
