import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import type { SsoAccount } from '../account.js';
import type { ResponseFacts } from './response-facts.js';

const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const ADDRESS_FORMAT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const ADDRESS_ATTRIBUTES = [
  'email',
  'mail',
  'urn:oid:0.9.2342.19200300.100.1.3',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
];

/**
 * The account in a proven response. Its address is what the provider signed: SAML has no word for verified, the provider vouches.
 * Several different addresses are refused: which one the domains are about is nobody's guess.
 */
export function accountIn(facts: ResponseFacts, issuer: string, roleAttribute: string | undefined): Outcome<SsoAccount> {
  const { nameId, nameIdFormat, attributes } = facts;
  if (nameIdFormat === TRANSIENT) {
    return refused(failure('permission_denied', 'The identity provider renames this account each time; it must send a persistent NameID.'));
  }
  const told = ADDRESS_ATTRIBUTES.flatMap((name) => attributes.get(name) ?? []);
  const addresses = new Set(told.length > 0 ? told : nameIdFormat === ADDRESS_FORMAT ? [nameId] : []);
  if (addresses.size > 1) return refused(failure('permission_denied', 'The identity provider tells several addresses for this account.'));
  const [text] = addresses;
  return ok({
    method: 'saml',
    issuer,
    subject: nameId,
    address: text === undefined ? null : { text, verified: true },
    roles: roleAttribute === undefined ? [] : (attributes.get(roleAttribute) ?? []),
  });
}
