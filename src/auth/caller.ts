import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '#libs/contracts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; set by `AuthGuard` on every route that is not open to all. */
    principal?: Principal;
  }
}

/** The principal of the request. Throws where the route is open to all: nobody is known there. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
  if (principal === undefined) throw new Error('A route that is open to all has no caller');
  return principal;
});
