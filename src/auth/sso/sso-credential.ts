import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { digest } from '../secret.js';
import type { SsoAccount, SsoMethod } from './account.js';

const FINGERPRINT_LENGTH = 16;

/**
 * What sessions hang on that an identity provider opened: `oidc:<settings>:<account>`. With other settings (another issuer, fewer
 * domains, another claim for roles) they end: somebody let in by the old ones comes in again by the new ones or not at all.
 */
@Injectable()
export class SsoCredential {
  readonly #prefixes: ReadonlySet<string>;
  readonly #fingerprints: Readonly<Record<SsoMethod, string>>;

  constructor({ settings }: Config) {
    const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_ALLOWED_DOMAINS, OIDC_ROLE_CLAIM } = settings;
    const { SAML_IDP_METADATA, SAML_ENTITY_ID, SAML_ALLOWED_DOMAINS, SAML_ROLE_ATTRIBUTE } = settings;
    const members = settings.SSO_MEMBERS_ONLY ? ['members only'] : [];
    this.#fingerprints = {
      oidc: fingerprint([OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_ALLOWED_DOMAINS, OIDC_ROLE_CLAIM, ...members]),
      saml: fingerprint([SAML_IDP_METADATA, SAML_ENTITY_ID, SAML_ALLOWED_DOMAINS, SAML_ROLE_ATTRIBUTE, ...members]),
    };
    this.#prefixes = new Set([
      ...(OIDC_ISSUER === undefined ? [] : [`oidc:${this.#fingerprints.oidc}`]),
      ...(SAML_IDP_METADATA === undefined ? [] : [`saml:${this.#fingerprints.saml}`]),
    ]);
  }

  /** The credential of an account under the settings of now. */
  idOf({ method }: Pick<SsoAccount, 'method'>, operatorId: string): string {
    return `${method}:${this.#fingerprints[method]}:${operatorId}`;
  }

  /** True when the credential was given under the settings of now. */
  isLive(credentialId: string): boolean {
    return this.#prefixes.has(credentialId.slice(0, credentialId.lastIndexOf(':')));
  }

  static owns(credentialId: string): boolean {
    return /^(oidc|saml):/.test(credentialId);
  }
}

function fingerprint(settings: readonly unknown[]): string {
  return digest(JSON.stringify(settings)).slice(0, FINGERPRINT_LENGTH);
}
