import { Injectable } from '@nestjs/common';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import { networkOf } from '#libs/policy';
import { Clock, Counters } from '#libs/ports';
import { Config } from '../../config/config.js';
import { FailedSignIns } from '../failed-sign-ins.js';
import { sessionCookie, setCookie } from '../session-cookie.js';
import type { SsoMethod } from './account.js';
import type { BrowserBinding } from './browser-binding.js';
import { OidcProvider } from './oidc/oidc-provider.js';
import { OidcSignIn } from './oidc/oidc-sign-in.js';
import { notConfigured } from './refusals.js';
import type { Returned } from './returned.js';
import { localAddress } from './return-to.js';
import { SamlProvider } from './saml/saml-provider.js';
import { SamlSignIn } from './saml/saml-sign-in.js';
import { SsoAdmission } from './sso-admission.js';

/** Where the browser goes next, and the cookies that it takes along. */
export interface Onward {
  readonly url: string;
  readonly setCookies: readonly string[];
}

/** What a browser may ask for at the beginning. */
export interface SsoLogin {
  readonly method?: SsoMethod | undefined;
  readonly returnTo?: string | undefined;
  readonly tenant?: string | undefined;
}

const AFTER_SIGN_IN = '/playground';
/** Each beginning is a row in the store for ten minutes. */
const BEGINNINGS = [{ limit: 60, windowMs: 60_000 }];

/** Sign-in by an identity provider, whichever kind: where it begins, and what happens once the provider's answer is proven. */
@Injectable()
export class SsoSignIn {
  constructor(
    private readonly oidcProvider: OidcProvider,
    private readonly oidc: OidcSignIn,
    private readonly samlProvider: SamlProvider,
    private readonly saml: SamlSignIn,
    private readonly admission: SsoAdmission,
    private readonly failed: FailedSignIns,
    private readonly counters: Counters,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  get methods(): readonly SsoMethod[] {
    return [...(this.oidcProvider.isConfigured ? ['oidc' as const] : []), ...(this.samlProvider.isConfigured ? ['saml' as const] : [])];
  }

  /** Leads to the provider; `tenant` is the one they want to come into, `returnTo` is where the browser goes when it is back, a local address and nothing else. */
  async begin({ method, returnTo = AFTER_SIGN_IN, tenant }: SsoLogin, address: string, requestId: string): Promise<Outcome<Onward>> {
    const chosen = method ?? this.methods[0];
    if (chosen === undefined || !this.methods.includes(chosen)) return notConfigured('Sign-in by this kind of identity provider');
    const local = localAddress(returnTo);
    if (local === null) {
      const errors = [{ path: 'returnTo', message: 'must be an address of this gateway that begins with one slash' }];
      return refused(failure('validation_failed', 'returnTo leads away from this gateway.', { errors }));
    }
    const { allowed, retryAfterMs } = await this.counters.hit(`sign-in-beginnings:${networkOf(address)}`, BEGINNINGS, this.clock.now());
    if (!allowed) return refused(failure('rate_limited', 'Too many sign-ins were begun from this address.', { retryAfterMs }));
    const begun = await (chosen === 'oidc' ? this.oidc : this.saml).begin({ returnTo: local, tenantId: tenant ?? null }, requestId);
    return begun.ok ? ok({ url: begun.value.url, setCookies: [begun.value.setCookie] }) : begun;
  }

  async finishOidc(search: string, cookies: string | undefined, address: string, requestId: string): Promise<Outcome<Onward>> {
    if (!this.oidcProvider.isConfigured) return notConfigured('Sign-in by OpenID Connect');
    return this.failed.limit(address, async () => {
      const returned = await this.oidc.finish(search, cookies, requestId);
      return returned.ok ? this.letIn(returned.value, this.oidc.binding, requestId) : returned;
    });
  }

  async finishSaml(encoded: string, cookies: string | undefined, address: string, requestId: string): Promise<Outcome<Onward>> {
    if (!this.samlProvider.isConfigured) return notConfigured('Sign-in by SAML');
    return this.failed.limit(address, async () => {
      const returned = await this.saml.finish(encoded, cookies, requestId);
      if (!returned.ok) return returned;
      if ('fetchAt' in returned.value) return ok({ url: this.config.publicUrl + returned.value.fetchAt, setCookies: [] });
      return this.letIn(returned.value, this.saml.binding, requestId);
    });
  }

  async fetchSaml(answer: string, cookies: string | undefined, address: string, requestId: string): Promise<Outcome<Onward>> {
    if (!this.samlProvider.isConfigured) return notConfigured('Sign-in by SAML');
    return this.failed.limit(address, async () => {
      const returned = await this.saml.fetch(answer, cookies);
      return returned.ok ? this.letIn(returned.value, this.saml.binding, requestId) : returned;
    });
  }

  /** What the provider's operators need to know of this gateway, as SAML metadata. */
  async samlMetadata(): Promise<Outcome<string>> {
    return this.samlProvider.isConfigured ? ok(await this.saml.metadata()) : notConfigured('Sign-in by SAML');
  }

  private async letIn({ account, wish }: Returned, binding: BrowserBinding, requestId: string): Promise<Outcome<Onward>> {
    const opened = await this.admission.admit(account, wish.tenantId, requestId);
    if (!opened.ok) return opened;
    const { value, maxAgeMs } = opened.value;
    const cookie = setCookie(sessionCookie(this.config), value, maxAgeMs);
    return ok({ url: this.config.publicUrl + wish.returnTo, setCookies: [cookie, binding.end()] });
  }
}
