import type { IncomingHttpHeaders } from 'node:http';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import type { Credential } from './authenticator.js';
import { looksLikeToken } from './jwt/shown-token.js';
import { cookieValues } from './session-cookie.js';

/** Where a request may carry its credential besides the headers for keys. */
export interface CredentialPlaces {
  readonly cookieName: string;
  /** Path and query; given only where `?ticket=` is allowed. */
  readonly url?: string;
}

const BEARER = /^bearer +(.*)$/i;

/**
 * What a request shows: a key or a user's token before a ticket before a cookie; null when it shows nothing.
 * Two different keys, or a ticket given twice, are `validation_failed`; an ambiguous cookie is `unauthenticated`.
 */
export function credentialFrom(headers: IncomingHttpHeaders, places: CredentialPlaces): Outcome<Credential | null> {
  const bearer = headers.authorization === undefined ? undefined : BEARER.exec(headers.authorization)?.[1]?.trim();
  const header = headers['x-api-key'];
  const apiKey = typeof header === 'string' ? header.trim() : header?.join(', ');
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) {
    return refused(failure('validation_failed', 'Authorization and X-API-Key hold different keys; send one of them.'));
  }
  if (bearer !== undefined && looksLikeToken(bearer)) return ok({ kind: 'token', token: bearer });
  const key = bearer ?? apiKey;
  if (key !== undefined) return ok({ kind: 'api-key', key });

  const tickets = places.url === undefined ? [] : ticketsIn(places.url);
  if (tickets.length > 1) return refused(failure('validation_failed', 'The query holds more than one ticket.'));
  if (tickets[0] !== undefined) return ok({ kind: 'ticket', ticket: tickets[0] });

  const cookies = cookieValues(headers.cookie, places.cookieName);
  if (cookies.length > 1) return refused(failure('unauthenticated', 'The session cookie was sent more than once.'));
  return ok(cookies[0] === undefined ? null : { kind: 'cookie', value: cookies[0] });
}

function ticketsIn(url: string): string[] {
  const query = url.indexOf('?');
  return query < 0 ? [] : new URLSearchParams(url.slice(query + 1)).getAll('ticket');
}
