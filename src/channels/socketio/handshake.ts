import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { Gateway, ok, type Outcome } from '#libs/channel-sdk';
import type { Principal } from '#libs/contracts';
import { Authenticator, type ResumeGrant } from '../../auth/authenticator.js';
import { sessionCookie } from '../../auth/session-cookie.js';
import { Config } from '../../config/config.js';
import { shownCredential } from './shown-credential.js';

/** Somebody who was let in. */
export interface Admission {
  readonly principal: Principal;
  readonly resume: ResumeGrant;
}

/** Decides who may come in. */
@Injectable()
export class Handshake {
  constructor(
    private readonly config: Config,
    private readonly gateway: Gateway,
    private readonly authenticator: Authenticator,
  ) {}

  async admit({ handshake: { auth, headers } }: Socket): Promise<Outcome<Admission>> {
    const closed = this.gateway.closedTo('socketio');
    if (closed !== null) return { ok: false, failure: closed };
    const { name } = sessionCookie(this.config);
    const shown = shownCredential({ auth, cookies: headers.cookie, origin: headers.origin }, name);
    if (!shown.ok) return shown;
    const authenticated = await this.authenticator.authenticate(shown.value);
    if (!authenticated.ok) return authenticated;
    const principal = authenticated.value;
    return ok({ principal, resume: await this.authenticator.grantResume(principal) });
  }
}
