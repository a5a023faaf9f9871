import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { Config } from '../../../config/config.js';
import { Log } from '../../../observability/log.js';
import { newSecret } from '../../secret.js';
import { SSO_METHODS, type SsoAccount } from '../account.js';
import { ProviderDownError } from '../bounded-fetch.js';
import { BrowserBinding, fingerprintOf, SIGN_IN_WITHIN_MS } from '../browser-binding.js';
import { PendingSignIns } from '../pending-sign-ins.js';
import { notBegun, notProven, providerDown } from '../refusals.js';
import { WishSchema, type Begun, type Returned, type Wish } from '../returned.js';
import { factsIn } from './response-facts.js';
import { shapeOf, type ResponseShape } from './response-shape.js';
import { accountIn } from './saml-account.js';
import { SamlProvider } from './saml-provider.js';
import { beginSaml, describeUs, verifySaml, type ServiceProvider } from './saml-strategy.js';
import { readXml, XmlError } from './xml.js';

const RequestSchema = z.object({ browser: z.string(), begunAt: z.string(), ...WishSchema.shape });
type Request = z.infer<typeof RequestSchema>;

const AnswerSchema = z.object({
  browser: z.string(),
  ...WishSchema.shape,
  account: z.object({
    method: z.enum(SSO_METHODS),
    issuer: z.string(),
    subject: z.string(),
    address: z.object({ text: z.string(), verified: z.boolean() }).nullable(),
    roles: z.array(z.string()),
  }),
});

const FETCHED_WITHIN_MS = 60_000;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/**
 * Sign-in by SAML 2.0. The answer comes as a POST from the provider's page. On https the browser's cookie comes with it
 * (`SameSite=None`). On http of this machine no cookie does in every browser: there a proven answer is laid by for a minute, and the
 * browser is sent to fetch it with a GET, with which a `Lax` cookie comes. Without the cookie of the beginning nobody comes in.
 */
@Injectable()
export class SamlSignIn {
  constructor(
    private readonly provider: SamlProvider,
    private readonly pending: PendingSignIns,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Our own metadata, for the provider. */
  metadata(): Promise<string> {
    return describeUs(this.us);
  }

  /** What is refused is told to the log under `requestId`, here and in `finish`. */
  async begin(wish: Wish, requestId: string): Promise<Outcome<Begun>> {
    return this.told(requestId, async () => {
      const { url, requestId: asked } = await beginSaml(this.us, await this.provider.metadata());
      const { secret, setCookie } = this.binding.begin();
      const request: Request = { browser: fingerprintOf(secret), ...wish, begunAt: new Date(this.clock.now()).toISOString() };
      await this.pending.keep('saml-request', asked, request, SIGN_IN_WITHIN_MS);
      return ok({ url, setCookie });
    });
  }

  /** Takes the provider's answer. Returns who it is, or where a browser without its cookie fetches that. */
  async finish(encoded: string, cookies: string | undefined, requestId: string): Promise<Outcome<Returned | { readonly fetchAt: string }>> {
    return this.told(requestId, async () => {
      const shape = await this.shapeIn(encoded);
      if (typeof shape === 'string') return this.refuse(requestId, shape);
      const asked = shape.response.attributes.get('InResponseTo');
      if (asked === undefined) return this.refuse(requestId, 'it answers no request');
      const secret = this.binding.secretIn(cookies);
      if (secret === null && !this.binding.isLostInForeignPosts) return notBegun();
      // Used up before anything is believed, so that an answer counts once, whatever becomes of it.
      const begun = await this.pending.take('saml-request', asked, RequestSchema);
      if (begun === null || (secret !== null && fingerprintOf(secret) !== begun.browser)) return notBegun();
      const account = await this.proven(encoded, shape, { asked, begun, requestId });
      if (!account.ok) return account;
      const wish = wishIn(begun);
      return ok(secret === null ? { fetchAt: await this.layBy(begun.browser, account.value, wish) } : { account: account.value, wish });
    });
  }

  /** What was laid by for this browser, once. */
  async fetch(answer: string, cookies: string | undefined): Promise<Outcome<Returned>> {
    const secret = this.binding.secretIn(cookies);
    if (secret === null) return notBegun();
    const laidBy = await this.pending.take('saml-answer', answer, AnswerSchema);
    if (laidBy === null || fingerprintOf(secret) !== laidBy.browser) return notBegun();
    return ok({ account: laidBy.account, wish: wishIn(laidBy) });
  }

  get binding(): BrowserBinding {
    return new BrowserBinding(this.config, 'saml');
  }

  private async layBy(browser: string, account: SsoAccount, wish: Wish): Promise<string> {
    const answer = newSecret();
    await this.pending.keep('saml-answer', answer, { browser, account, ...wish }, FETCHED_WITHIN_MS);
    return `/auth/saml/acs?answer=${answer}`;
  }

  private async shapeIn(encoded: string): Promise<ResponseShape | string> {
    return BASE64.test(encoded) ? shapeOf(await readXml(decodeUtf8(Buffer.from(encoded, 'base64')))) : malformed('it is not base64');
  }

  private async proven(encoded: string, shape: ResponseShape, { asked, begun, requestId }: { asked: string; begun: Request; requestId: string }): Promise<Outcome<SsoAccount>> {
    const idp = await this.provider.metadata();
    const { entityId, acsUrl } = this.us;
    const facts = factsIn(shape, { issuer: idp.entityId, audience: entityId, acsUrl, requestId: asked, now: this.clock.now() });
    if (typeof facts === 'string') return this.refuse(requestId, facts);
    let signedName: string | null;
    try {
      signedName = await verifySaml(this.us, idp, encoded, { requestId: asked, begunAt: begun.begunAt });
    } catch (error) {
      this.log.warn('a SAML response was refused by its signatures', { requestId, reason: error instanceof Error ? error.message : 'unknown' });
      return notProven('it is not signed by the provider as it must be');
    }
    if (signedName?.trim() !== facts.nameId) return this.refuse(requestId, 'the signed name is another one');
    return accountIn(facts, idp.entityId, this.config.settings.SAML_ROLE_ATTRIBUTE);
  }

  private refuse(requestId: string, reason: string) {
    this.log.warn('a SAML response was refused', { requestId, reason });
    return notProven(reason);
  }

  private async told<Value>(requestId: string, work: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof XmlError) return refused(failure('validation_failed', `SAMLResponse was not accepted: ${error.message}.`));
      if (!(error instanceof ProviderDownError)) throw error;
      this.log.warn('the SAML identity provider cannot be used', { requestId, reason: error.message });
      return providerDown();
    }
  }

  private get us(): ServiceProvider {
    const { publicUrl, settings } = this.config;
    return { entityId: settings.SAML_ENTITY_ID ?? `${publicUrl}/auth/saml/metadata`, acsUrl: `${publicUrl}/auth/saml/acs` };
  }
}

function wishIn({ returnTo, tenantId }: Wish): Wish {
  return { returnTo, tenantId };
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return malformed('it is not UTF-8');
    throw error;
  }
}

function malformed(reason: string): never {
  throw new XmlError(reason);
}
