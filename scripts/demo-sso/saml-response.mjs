// What a SAML 2.0 identity provider says: its metadata, and a response that is signed as the real ones sign theirs.
import { randomBytes } from 'node:crypto';
import { SignedXml } from 'xml-crypto';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const MINUTES = 60_000;
const CONTEXT =
  '<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>';

export const newId = () => `_${randomBytes(16).toString('hex')}`;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** The metadata of the provider, to be given to Parley. */
export function idpMetadata({ entityId, signOnUrl, certificate }) {
  return `<?xml version="1.0"?>
<md:EntityDescriptor entityID="${escaped(entityId)}"
    xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${escaped(signOnUrl)}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>`;
}

/** A response without signatures. Everything in it can be given; what is not given is right for who asked. */
export function responseXml({
  entityId,
  acsUrl,
  audience,
  requestId,
  nameId = 'alice',
  nameIdFormat = PERSISTENT,
  attributes = { email: ['alice@example.com'] },
  now = Date.now(),
  responseId = newId(),
  assertionId = newId(),
  destination = acsUrl,
  recipient = acsUrl,
  responseIssuer = entityId,
  assertionIssuer = entityId,
  status = 'urn:oasis:names:tc:SAML:2.0:status:Success',
  issuedAt = now,
  notBefore = now - MINUTES,
  notOnOrAfter = now + 5 * MINUTES,
  confirmedUntil = now + 5 * MINUTES,
  method = 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  responseInResponseTo = requestId,
  assertionInResponseTo = requestId,
  conditions = '',
  statement = `<saml:AuthnStatement AuthnInstant="${new Date(now).toISOString()}">${CONTEXT}</saml:AuthnStatement>`,
}) {
  const at = (time) => new Date(time).toISOString();
  const optional = (name, value) => (value === null ? '' : ` ${name}="${escaped(String(value))}"`);
  const until = (time) => optional('NotOnOrAfter', time === null ? null : at(time));
  const told = Object.entries(attributes).map(([name, values]) => {
    const texts = values.map((value) => `<saml:AttributeValue>${escaped(value)}</saml:AttributeValue>`);
    return `<saml:Attribute Name="${escaped(name)}">${texts.join('')}</saml:Attribute>`;
  });
  const audiences = audience === null ? '' : `<saml:Audience>${escaped(audience)}</saml:Audience>`;
  const restriction = audience === null ? '' : `<saml:AudienceRestriction>${audiences}</saml:AudienceRestriction>`;
  return [
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    ` ID="${responseId}" Version="2.0" IssueInstant="${at(issuedAt)}"`,
    `${optional('Destination', destination)}${optional('InResponseTo', responseInResponseTo)}>`,
    responseIssuer === null ? '' : `<saml:Issuer>${escaped(responseIssuer)}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>`,
    `<saml:Assertion ID="${assertionId}" Version="2.0" IssueInstant="${at(issuedAt)}">`,
    assertionIssuer === null ? '' : `<saml:Issuer>${escaped(assertionIssuer)}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="${nameIdFormat}">${escaped(nameId)}</saml:NameID><saml:SubjectConfirmation Method="${method}">`,
    `<saml:SubjectConfirmationData${optional('Recipient', recipient)}${until(confirmedUntil)}${optional('InResponseTo', assertionInResponseTo)}/>`,
    `</saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${at(notBefore)}"${until(notOnOrAfter)}>${restriction}${conditions}</saml:Conditions>`,
    statement,
    `<saml:AttributeStatement>${told.join('')}</saml:AttributeStatement>`,
    `</saml:Assertion></samlp:Response>`,
  ].join('');
}

/** Signs the one element of this name, as the second child of it (behind its Issuer, where the schema wants it). */
export function signElement(xml, name, { privateKey, certificate }, wish = {}) {
  const { algorithm = RSA_SHA256, digest = SHA256, transforms = [ENVELOPED, EXCLUSIVE], canonical = EXCLUSIVE } = wish;
  const signer = new SignedXml({
    privateKey,
    publicCert: `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`,
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: canonical,
    idAttribute: 'ID',
  });
  const xpath = `//*[local-name(.)='${name}']`;
  signer.addReference({ xpath, transforms, digestAlgorithm: digest });
  signer.computeSignature(xml, { prefix: 'ds', location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' } });
  return signer.getSignedXml();
}

/** The response with both signatures, as it should be. */
export function signResponse(xml, key, options = {}) {
  return signElement(signElement(xml, 'Assertion', key, options), 'Response', key, options);
}
