import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { failure, PROTOCOL, type GatewayEvent, type Principal } from '#libs/contracts';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { may, PERMISSIONS } from '#libs/policy';
import { Clock, IdGenerator } from '#libs/ports';
import { Authenticator, type Credential } from '../../auth/authenticator.js';
import { credentialFrom } from '../../auth/credentials.js';
import { sessionCookie } from '../../auth/session-cookie.js';
import { Config } from '../../config/config.js';
import { ConnectionsAtOnce, type LeavePlace } from '../../throttling/connections-at-once.js';
import { MessageLimits } from '../../throttling/message-limits.js';
import { VERSION } from '../../version.js';

export const SUBPROTOCOL = 'parley.v1';

export interface Admission {
  readonly principal: Principal;
  readonly connected: GatewayEvent<'connected'>;
  /** Gives its place among the principal's connections back. */
  readonly leave: LeavePlace;
}

/** What one of the commands needs: who may use none has no use for a socket. */
const USES = [PERMISSIONS.ownSessions, PERMISSIONS.readOwnSessions, PERMISSIONS.readControlPlane];

/** Decides before the upgrade who comes in. A cookie counts only with an allowed `Origin`; a foreign `Origin` is refused whatever is shown. */
@Injectable()
export class Handshake {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: MessageLimits,
    private readonly places: ConnectionsAtOnce,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
  ) {}

  async admit(request: IncomingMessage, requestId: string): Promise<Outcome<Admission>> {
    const { origin } = request.headers;
    if (origin !== undefined && !this.config.isAllowedOrigin(origin)) {
      return refused(failure('permission_denied', 'Pages of this origin may not connect.'));
    }
    if (!offersOurs(request.headers['sec-websocket-protocol'])) {
      return refused(failure('validation_failed', `The only subprotocol is ${SUBPROTOCOL}.`));
    }
    const shown = this.shown(request);
    if (!shown.ok) return shown;
    const caller = await this.authenticator.authenticate(shown.value, () => requestId);
    if (!caller.ok) return caller;
    const principal = caller.value;
    if (!USES.some((permission) => may(principal, permission))) {
      return refused(failure('permission_denied', 'This needs the scope messages, sessions:read, sessions:write or control:read.'));
    }
    const place = await this.places.take(principal);
    if (!place.ok) return place;
    try {
      return ok({ principal, connected: await this.welcome(principal), leave: place.value });
    } catch (error) {
      place.value();
      throw error;
    }
  }

  private shown(request: IncomingMessage): Outcome<Credential> {
    const { name } = sessionCookie(this.config);
    const shown = credentialFrom(request.headers, { cookieName: name, url: request.url ?? '' });
    if (!shown.ok) return shown;
    if (shown.value === null) return refused(failure('unauthenticated', 'Send an API key in a header or a ticket in the query.'));
    if (shown.value.kind === 'cookie' && request.headers.origin === undefined) {
      return refused(failure('unauthenticated', 'The session cookie counts only from a page of this gateway.'));
    }
    return ok(shown.value);
  }

  private async welcome(principal: Principal): Promise<GatewayEvent<'connected'>> {
    const { kind, id, tenantId } = principal;
    return {
      type: 'connected',
      at: new Date(this.clock.now()).toISOString(),
      connectionId: this.ids.next(),
      protocol: PROTOCOL,
      principal: { kind, id, tenantId },
      resume: await this.authenticator.grantResume(principal),
      server: { name: 'parley', version: VERSION },
      limits: { maxMessageBytes: this.config.settings.MAX_MESSAGE_BYTES, ...this.limits.of(principal) },
    };
  }
}

function offersOurs(header: string | undefined): boolean {
  return header === undefined || header.split(',').some((offer) => offer.trim() === SUBPROTOCOL);
}
