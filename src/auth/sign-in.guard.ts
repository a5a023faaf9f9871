import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FailureError } from '#libs/contracts';
import { Config } from '../config/config.js';
import { isFromForeignPage } from './request-origin.js';
import { isSafeForCookies } from './session-cookie.js';

/** Nobody is signed in over a network in the clear, nor by a foreign page (which could sign somebody in as itself). */
@Injectable()
export class SignInGuard implements CanActivate {
  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!isSafeForCookies(this.config, headers.host)) {
      throw FailureError.of('permission_denied', 'Signing in needs https, or http on this machine; anything else shows the cookie to the network.');
    }
    if (isFromForeignPage(headers, this.config)) throw FailureError.of('permission_denied', 'A foreign page cannot sign anybody in.');
    return true;
  }
}
