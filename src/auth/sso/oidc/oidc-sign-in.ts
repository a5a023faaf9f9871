import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { Config } from '../../../config/config.js';
import { Log } from '../../../observability/log.js';
import { BrowserBinding, SIGN_IN_WITHIN_MS } from '../browser-binding.js';
import { PendingSignIns } from '../pending-sign-ins.js';
import { notBegun } from '../refusals.js';
import { WishSchema, type Begun, type Returned, type Wish } from '../returned.js';
import { accountBehind } from './oidc-account.js';
import { oidcFailureOf, reasonOf } from './oidc-failure.js';
import { OidcProvider } from './oidc-provider.js';
import { beginOidc, finishOidc, OidcStateSchema, type OidcState } from './oidc-strategy.js';

const PendingSchema = OidcStateSchema.extend(WishSchema.shape);
const CALLBACK = '/auth/callback';
const SINGLE = ['code', 'state', 'error', 'iss', 'response'] as const;

/** Sign-in by OpenID Connect: authorization code with PKCE; state, nonce and verifier are kept here, bound to the browser by a cookie. */
@Injectable()
export class OidcSignIn {
  constructor(
    private readonly provider: OidcProvider,
    private readonly pending: PendingSignIns,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** What is refused is told to the log under `requestId`, here and in `finish`. */
  async begin(wish: Wish, requestId: string): Promise<Outcome<Begun>> {
    return this.told(requestId, async () => {
      const { url, state } = await beginOidc(await this.provider.configuration(), this.callbackUrl);
      const { secret, setCookie } = this.binding.begin();
      await this.pending.keep('oidc-login', keyOf(secret, state.state), { ...state, ...wish }, SIGN_IN_WITHIN_MS);
      return ok({ url, setCookie });
    });
  }

  /** `search` is the query with which the provider sent the browser back, `cookies` what that browser holds. */
  async finish(search: string, cookies: string | undefined, requestId: string): Promise<Outcome<Returned>> {
    const parameters = new URLSearchParams(search);
    const isWhole = SINGLE.every((name) => parameters.getAll(name).length <= 1) && (parameters.has('code') || parameters.has('error'));
    if (!isWhole) return refused(failure('validation_failed', 'The address must hold one code or error of the provider, and one state.'));
    const secret = this.binding.secretIn(cookies);
    const state = parameters.get('state');
    if (secret === null || state === null) return notBegun();
    // The key holds both, so an answer with a foreign state finds nothing and uses nothing up.
    const begun = await this.pending.take('oidc-login', keyOf(secret, state), PendingSchema);
    return begun === null ? notBegun() : this.told(requestId, () => this.proven(search, begun, { returnTo: begun.returnTo, tenantId: begun.tenantId }));
  }

  private async proven(search: string, state: OidcState, wish: Wish): Promise<Outcome<Returned>> {
    const { OIDC_CLIENT_ID = '', OIDC_ROLE_CLAIM } = this.config.settings;
    const configuration = await this.provider.configuration();
    const verdict = await finishOidc(configuration, this.callbackUrl, search, state);
    if (verdict.kind !== 'user') return refused(failure('permission_denied', 'The identity provider says that access was denied.'));
    const expected = { clientId: OIDC_CLIENT_ID, roleClaim: OIDC_ROLE_CLAIM, now: this.clock.now() };
    const account = await accountBehind(configuration, verdict.user, expected);
    return account.ok ? ok({ account: account.value, wish }) : account;
  }

  private async told<Value>(requestId: string, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    try {
      return await work();
    } catch (error) {
      const told = await oidcFailureOf(error);
      if (told === null) throw error;
      this.log.warn('a sign-in by OpenID Connect was refused', { requestId, code: told.code, reason: reasonOf(error) });
      return refused(told);
    }
  }

  get binding(): BrowserBinding {
    return new BrowserBinding(this.config, 'oidc');
  }

  private get callbackUrl(): string {
    return this.config.publicUrl + CALLBACK;
  }
}

function keyOf(secret: string, state: string): string {
  return `${secret}.${state}`;
}
