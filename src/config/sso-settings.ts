import { z } from 'zod';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const DOMAIN = /^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/;

/** True for an https address, and for an http one on this machine. */
export function isHttpsOrLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

const domains = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim().toLowerCase()).filter((item) => item !== ''))
  .pipe(
    z
      .array(z.string().regex(DOMAIN, 'each must be a domain in ASCII such as example.com, without @ and without wildcard'))
      .min(1, 'names no domain; unset it to let in every account of the provider'),
  )
  .optional();

const name = z.string().min(1).max(256).optional();

/** Operator sign-in by an identity provider (CONTRACT sections 2 and 6). */
export const SsoSettings = {
  OIDC_ISSUER: z
    .string()
    .refine((text) => isHttpsOrLoopback(text) && !/[?#]/.test(text), 'must be an https URL, or http on this machine')
    .optional()
    .describe('Issuer of the OpenID Connect provider, exactly as it calls itself; operators may then sign in with it.'),
  OIDC_CLIENT_ID: name.describe('What the provider calls this gateway; required with OIDC_ISSUER.'),
  OIDC_CLIENT_SECRET: name.describe('Secret of the client; unset for a public client (PKCE is used in any case).'),
  OIDC_ALLOWED_DOMAINS: domains.describe(
    'Domains of verified addresses that may sign in, compared exactly, separated by commas; unset: every account of the issuer.',
  ),
  OIDC_ROLE_CLAIM: name.describe('Claim that holds viewer, operator or admin (a text or a list); without it everybody is viewer.'),
  SAML_IDP_METADATA: z
    .string()
    .refine((text) => !/^https?:/i.test(text) || isHttpsOrLoopback(text), 'must be a file or an https URL')
    .optional()
    .describe('Metadata of the SAML 2.0 identity provider: a file or an https URL; operators may then sign in with it.'),
  SAML_ENTITY_ID: name.describe('What this gateway calls itself to the provider; by default `<PUBLIC_URL>/auth/saml/metadata`.'),
  SAML_ALLOWED_DOMAINS: domains.describe(
    'Domains of addresses that may sign in, compared exactly, separated by commas; unset: every account of the provider.',
  ),
  SAML_ROLE_ATTRIBUTE: name.describe('Attribute that holds viewer, operator or admin, once or more; without it everybody is viewer.'),
  SSO_MEMBERS_ONLY: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true')
    .describe('`true` lets only members of a tenant sign in by an identity provider, each with the role of the membership.'),
};

type Given = { readonly [Name in keyof typeof SsoSettings]?: unknown };

const OIDC_DETAILS = ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ALLOWED_DOMAINS', 'OIDC_ROLE_CLAIM'] as const;
const SAML_DETAILS = ['SAML_ENTITY_ID', 'SAML_ALLOWED_DOMAINS', 'SAML_ROLE_ATTRIBUTE'] as const;

/** A line for each of these settings that says nothing without another one. */
export function ssoContradictions(settings: Given): string[] {
  const lines: string[] = [];
  if (settings.OIDC_ISSUER === undefined) {
    for (const name of OIDC_DETAILS) if (settings[name] !== undefined) lines.push(`${name}: needs OIDC_ISSUER`);
  } else if (settings.OIDC_CLIENT_ID === undefined) {
    lines.push('OIDC_CLIENT_ID: required with OIDC_ISSUER');
  }
  if (settings.SAML_IDP_METADATA === undefined) {
    for (const name of SAML_DETAILS) if (settings[name] !== undefined) lines.push(`${name}: needs SAML_IDP_METADATA`);
  }
  return lines;
}
