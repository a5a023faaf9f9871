import { Injectable } from '@nestjs/common';
import { PROTOCOL, type GatewayEvent } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { Config } from '../../config/config.js';
import { MessageLimits } from '../../throttling/message-limits.js';
import { VERSION } from '../../version.js';
import type { Admission } from './handshake.js';

/** Writes the first event of a connection. */
@Injectable()
export class Welcome {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly limits: MessageLimits,
  ) {}

  connected(connectionId: string, { principal, resume }: Admission): GatewayEvent<'connected'> {
    const { kind, id, tenantId } = principal;
    const { messagesPerMinute, messagesPerHour } = this.limits.of(principal);
    return {
      type: 'connected',
      at: new Date(this.clock.now()).toISOString(),
      connectionId,
      protocol: PROTOCOL,
      principal: { kind, id, tenantId },
      resume: { token: resume.token, expiresAt: resume.expiresAt },
      server: { name: 'parley', version: VERSION },
      limits: { maxMessageBytes: this.config.settings.MAX_MESSAGE_BYTES, messagesPerMinute, messagesPerHour },
    };
  }
}
