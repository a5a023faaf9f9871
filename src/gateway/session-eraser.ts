import { Injectable } from '@nestjs/common';
import type { Author } from '#libs/contracts';
import { Clock, Sessions } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Cancellation } from './cancellation.js';
import { Egress } from './egress.js';
import { Hub } from './hub.js';
import { OpenTurns } from './open-turns.js';

/** Ends a session that was closed: its turns are cancelled, everybody who listens is told, its content is gone. */
@Injectable()
export class SessionEraser {
  constructor(
    private readonly clock: Clock,
    private readonly sessions: Sessions,
    private readonly openTurns: OpenTurns,
    private readonly cancellation: Cancellation,
    private readonly egress: Egress,
    private readonly hub: Hub,
  ) {}

  /** May be called again for a session whose erasure was cut off. */
  async erase(sessionId: string, tenantId: string, by: Author): Promise<void> {
    const open = await this.openTurns.ofSession(sessionId);
    // The newest first, so that the end of one does not start the next.
    for (const { turnId } of open.reverse()) await this.cancellation.end({ turnId }, { tenantId }, by);
    failpoint('erase.before-commit');
    await this.sessions.erase(sessionId, this.clock.now(), (frame) => {
      failpoint('erase.after-commit');
      this.egress.publish([frame]);
    });
    this.hub.forgetSession(sessionId);
  }
}
