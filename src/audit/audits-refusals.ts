import { RouteConfig } from '@nestjs/platform-fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whatever this route refuses counts as a refusal in the audit log, not only who may not call it. */
    auditsRefusals?: boolean;
  }
}

/** For routes on which what is asked for may itself be an attack: signing in, and addresses that the gateway is to call. */
export const AuditsRefusals = () => RouteConfig({ auditsRefusals: true });
