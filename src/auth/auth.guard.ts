import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { FailureError, type Principal } from '#libs/contracts';
import { may, type Permission } from '#libs/policy';
import { Config } from '../config/config.js';
import { ACCESS, TICKET_ALLOWED, type Access } from './access.js';
import { Authenticator, type Credential } from './authenticator.js';
import './caller.js';
import { credentialFrom } from './credentials.js';
import { isFromOwnPage, isReading } from './request-origin.js';
import { sessionCookie } from './session-cookie.js';

/** Lets in who may come in. Denies by default: a route that does not say who may call it is refused to everybody. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const declared = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, declared);
    // Sockets authenticate at the handshake; nothing but HTTP routes may come through here.
    if (access === undefined || context.getType() !== 'http') {
      throw FailureError.of('permission_denied', 'Nobody may call this: it does not say who may.');
    }
    if (access.kind === 'open') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const ticketAllowed = this.reflector.getAllAndOverride<boolean | undefined>(TICKET_ALLOWED, declared) ?? false;
    const principal = await this.authenticate(request, ticketAllowed);
    request.principal = principal;
    if (access.kind === 'permission' && !may(principal, access.permission)) {
      throw FailureError.of('permission_denied', `This needs ${describe(access.permission)}.`);
    }
    return true;
  }

  private async authenticate(request: FastifyRequest, ticketAllowed: boolean): Promise<Principal> {
    const credential = this.credentialOf(request, ticketAllowed);
    if (credential.kind === 'cookie' && !isReading(request.method) && !isFromOwnPage(request.headers, this.config)) {
      throw FailureError.of('permission_denied', 'A call with the session cookie must come from a page of this gateway.');
    }
    const outcome = await this.authenticator.authenticate(credential, () => request.id);
    if (!outcome.ok) throw new FailureError(outcome.failure);
    return outcome.value;
  }

  private credentialOf(request: FastifyRequest, ticketAllowed: boolean): Credential {
    const shown = credentialFrom(request.headers, {
      cookieName: sessionCookie(this.config).name,
      ...(ticketAllowed ? { url: request.url } : {}),
    });
    if (!shown.ok) throw new FailureError(shown.failure);
    if (shown.value === null) throw FailureError.of('unauthenticated', 'No API key or session cookie was sent.');
    return shown.value;
  }
}

function describe({ scope, role }: Permission): string {
  const scopes = scope === undefined ? [] : typeof scope === 'string' ? [scope] : scope;
  const wishes = scopes.map((one) => `the scope ${one}`);
  return [...wishes, ...(role === undefined ? [] : [`the role ${role}`])].join(' or ');
}
