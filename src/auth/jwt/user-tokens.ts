import { Injectable } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import { UserIdSchema, type Principal } from '#libs/contracts';
import { Clock, Sessions } from '#libs/ports';
import { Log } from '../../observability/log.js';
import { digest } from '../secret.js';
import { USER_SCOPES } from '../user-scopes.js';
import { IssuerKeys } from './issuer-keys.js';
import { readToken } from './shown-token.js';
import { tokenCredential } from './token-credential.js';
import { TrustedIssuers, type TrustedIssuer } from './trusted-issuers.js';
import { VerifiedTokens } from './verified-tokens.js';

/** How far an issuer's clock may be ahead of ours; a token never counts for longer than it says. */
const CLOCK_TOLERANCE_S = 60;
/** The last second that has a date. */
const LAST_SECOND = 8_640_000_000_000;

const SessionIdsSchema = z.array(z.string().min(1).max(128)).max(32);

/** Tells who a user is by the signed token of an issuer that their tenant trusts. */
@Injectable()
export class UserTokens {
  constructor(
    private readonly issuers: TrustedIssuers,
    private readonly keys: IssuerKeys,
    private readonly verified: VerifiedTokens,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * The user behind the token; null when it is not one that somebody trusted signed for us, or its time is not now.
   * The log tells why at `debug`, under the request's id.
   */
  async verify(token: string, requestId?: () => string): Promise<Principal | null> {
    const hash = digest(token);
    const known = this.verified.find(hash);
    if (known !== null) return (await this.issuers.wasTrustedJustNow(tokenCredential.issuerIn(known.credentialId))) ? known : null;
    const user = await this.check(token, requestId);
    // What a token is narrowed to depends on the sessions there are, so that is looked at each time.
    if (user !== null && user.sessionIds === undefined) this.verified.keep(hash, user);
    return user;
  }

  private async check(token: string, requestId: (() => string) | undefined): Promise<Principal | null> {
    const shown = readToken(token);
    if (shown === null) return null;
    const [issuer, ...others] = await this.issuers.matching(shown.issuer, shown.audiences);
    if (issuer === undefined || others.length > 0) return null;
    const claims = await this.proven(token, issuer, requestId);
    return claims === null ? null : this.userIn(claims, issuer);
  }

  private async proven(token: string, issuer: TrustedIssuer, requestId: (() => string) | undefined): Promise<JWTPayload | null> {
    const { jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, await this.keys.of(issuer), {
        algorithms: issuer.algorithms,
        issuer: issuer.issuer,
        audience: issuer.audience,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['exp', 'iat'],
      });
      return payload;
    } catch (error) {
      // Whatever it is, nothing is proven; what the token holds is not for the log.
      this.log.debug('a token was not accepted', { requestId: requestId?.(), issuerId: issuer.id, reason: codeOf(error) });
      return null;
    }
  }

  private async userIn(claims: JWTPayload, issuer: TrustedIssuer): Promise<Principal | null> {
    const now = this.clock.now() / 1000;
    const { exp, iat } = claims;
    if (exp === undefined || exp <= now || exp > LAST_SECOND || iat === undefined || iat > now + CLOCK_TOLERANCE_S) return null;
    const named = own(claims, issuer.userIdClaim);
    if (typeof named !== 'string' || named === '') return null;
    const id = issuer.userIdPrefix + named;
    if (!UserIdSchema.safeParse(id).success) return null;
    const sessionIds = await this.sessionsIn(claims, issuer, id);
    if (sessionIds === null) return null;
    return {
      kind: 'user',
      id,
      tenantId: issuer.tenantId,
      scopes: USER_SCOPES,
      ...(sessionIds === undefined ? {} : { sessionIds }),
      credentialId: tokenCredential.idOf(issuer.id, Math.floor(exp)),
    };
  }

  /** Undefined when the token is not narrowed, null when its claim makes no sense. It narrows only: what is not the user's is left out. */
  private async sessionsIn(claims: JWTPayload, issuer: TrustedIssuer, userId: string): Promise<readonly string[] | null | undefined> {
    const claim = issuer.sessionsClaim === null ? undefined : own(claims, issuer.sessionsClaim);
    if (claim === undefined) return undefined;
    const named = SessionIdsSchema.safeParse(claim);
    if (!named.success) return null;
    const usersOwn = { tenantId: issuer.tenantId, owner: { kind: 'user', id: userId } } as const;
    const found = await Promise.all([...new Set(named.data)].map((id) => this.sessions.find(id, usersOwn)));
    return found.filter((session) => session !== null).map(({ id }) => id);
  }
}

function own(claims: JWTPayload, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
