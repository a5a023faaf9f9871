import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { ok, type Outcome } from '#libs/channel-sdk';
import type { Principal } from '#libs/contracts';
import { Authenticator, type ResumeGrant } from '../../auth/authenticator.js';
import { sessionCookie } from '../../auth/session-cookie.js';
import { Config } from '../../config/config.js';
import { ConnectionsAtOnce, type LeavePlace } from '../../throttling/connections-at-once.js';
import { shownCredential } from './shown-credential.js';

/** Somebody who was let in. */
export interface Admission {
  readonly principal: Principal;
  readonly resume: ResumeGrant;
  /** Gives its place among the principal's connections back. */
  readonly leave: LeavePlace;
}

/** Decides who may come in; the log tells of it under the id that `requestId` gives. */
@Injectable()
export class Handshake {
  constructor(
    private readonly config: Config,
    private readonly authenticator: Authenticator,
    private readonly places: ConnectionsAtOnce,
  ) {}

  async admit({ handshake: { auth, headers } }: Socket, requestId: () => string): Promise<Outcome<Admission>> {
    const { name } = sessionCookie(this.config);
    const shown = shownCredential({ auth, cookies: headers.cookie, origin: headers.origin }, name);
    if (!shown.ok) return shown;
    const authenticated = await this.authenticator.authenticate(shown.value, requestId);
    if (!authenticated.ok) return authenticated;
    const principal = authenticated.value;
    const place = await this.places.take(principal);
    if (!place.ok) return place;
    try {
      return ok({ principal, resume: await this.authenticator.grantResume(principal), leave: place.value });
    } catch (error) {
      place.value();
      throw error;
    }
  }
}
