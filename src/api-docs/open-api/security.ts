import type { DocumentBuilder } from '@nestjs/swagger';
import type { Permission } from '#libs/policy';
import type { Route } from './route.js';

/** A Security Scheme Object as @nestjs/swagger types it. */
type SecurityScheme = Parameters<DocumentBuilder['addSecurity']>[1];

/** How callers show who they are (CONTRACT section 6), for `components/securitySchemes`. */
export function securitySchemes(cookieName: string): Record<string, SecurityScheme> {
  return {
    bearer: { type: 'http', scheme: 'bearer', description: 'An API key, `Authorization: Bearer pk_…`, or a token (JWT) of an issuer that a tenant trusts, for its users.' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key: `X-API-Key: pk_…`.' },
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: cookieName,
      description: 'The session of an operator who signed in. Calls that change something must come from a page of the gateway.',
    },
    ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'A single-use ticket from `POST /api/v1/tickets`.' },
  };
}

/** The credentials that open a route, one of them being enough; none for what is open to all. */
export function securityOf({ access, ticketAllowed }: Route): Record<string, string[]>[] {
  if (access?.kind === 'open') return [];
  const keys: Record<string, string[]>[] = [{ bearer: [] }, { apiKey: [] }];
  const forOperators = access?.kind === 'any-caller' || access?.permission.role !== undefined;
  return [...keys, ...(forOperators ? [{ cookie: [] }] : []), ...(ticketAllowed ? [{ ticket: [] }] : [])];
}

/** Who may call a route, in words. */
export function whoMay({ access }: Route): string {
  if (access === null) return 'Nobody may call it.';
  if (access.kind === 'open') return 'Open to all.';
  if (access.kind === 'any-caller') return 'For everybody with a valid credential.';
  return `Needs ${needs(access.permission)}.`;
}

function needs({ scope, role }: Permission): string {
  const scopes = scope === undefined ? [] : typeof scope === 'string' ? [scope] : scope;
  return [...scopes.map((one) => `the scope \`${one}\``), ...(role === undefined ? [] : [`the role \`${role}\``])].join(' or ');
}
