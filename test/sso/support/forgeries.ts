import { newId, responseXml, signElement, signResponse, type ResponseWish, type SignatureWish } from '../../../scripts/demo-sso/saml-response.mjs';
import type { Asked, SamlIdp } from './saml-idp.js';
import { WRAPPINGS } from './wrappings.js';

export interface Forgery {
  readonly title: string;
  /** The code of the problem that it must get. */
  readonly code: 'unauthenticated' | 'permission_denied' | 'validation_failed';
  readonly forge: (asked: Asked, idp: SamlIdp) => string;
}

const HOUR = 3_600_000;
const SHA1_RSA = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1';
const WITH_COMMENTS = 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const WRONG = 'unauthenticated';

const refused = (title: string, forge: Forgery['forge'], code: Forgery['code'] = WRONG): Forgery => ({ title, code, forge });

/** Signed as it should be, but saying something that is wrong. */
const saying = (title: string, wish: Partial<ResponseWish> | ((asked: Asked) => Partial<ResponseWish>), code: Forgery['code'] = WRONG): Forgery =>
  refused(title, (asked, idp) => idp.answer(asked, typeof wish === 'function' ? wish(asked) : wish), code);

/** A right answer, changed as text after it was signed. */
const changed = (title: string, change: (xml: string) => string, code: Forgery['code'] = WRONG): Forgery =>
  refused(title, (asked, idp) => change(idp.answer(asked)), code);

const signedBy = (title: string, wish: SignatureWish): Forgery => refused(title, (asked, idp) => signResponse(responseXml(asked), idp.key, wish));

/** Changed as text, then signed as it should be: what is refused is the form itself. */
const shaped = (title: string, change: (xml: string) => string, code: Forgery['code'] = WRONG): Forgery =>
  refused(title, (asked, idp) => signResponse(change(responseXml(asked)), idp.key), code);

const withoutSignatures = (xml: string): string => xml.replace(/<ds:Signature .*?<\/ds:Signature>/gs, '');

const SIGNATURES: readonly Forgery[] = [
  refused('is not signed', (asked) => responseXml(asked)),
  refused('is signed only as a whole', (asked, idp) => signElement(responseXml(asked), 'Response', idp.key)),
  refused('is signed only in its assertion', (asked, idp) => signElement(responseXml(asked), 'Assertion', idp.key)),
  refused('is signed with a foreign key, whose certificate it brings', (asked, idp) => signResponse(responseXml(asked), idp.foreignKey)),
  refused('is signed as a whole with a foreign key', (asked, idp) => signElement(signElement(responseXml(asked), 'Assertion', idp.key), 'Response', idp.foreignKey)),
  refused('is signed in its assertion with a foreign key', (asked, idp) => signElement(signElement(responseXml(asked), 'Assertion', idp.foreignKey), 'Response', idp.key)),
  refused('is signed with a foreign key under the certificate of the provider', (asked, idp) =>
    signResponse(responseXml(asked), { ...idp.foreignKey, certificate: idp.key.certificate })),
  refused('brings a foreign certificate without a key of ours', (asked, idp) =>
    signResponse(responseXml(asked), idp.foreignKey).replaceAll(/<ds:X509Certificate>.*?<\/ds:X509Certificate>/gs, '<ds:KeyName>evil</ds:KeyName>')),
  changed('had its signatures taken out', withoutSignatures),
  changed('had its name changed', (xml) => xml.replace('>alice<', '>mallory<')),
  changed('had its address changed', (xml) => xml.replace('alice@example.com', 'mallory@example.com')),
  changed('had its time changed', (xml) => xml.replace(/NotOnOrAfter="20/g, 'NotOnOrAfter="21')),
  changed('had its destination changed', (xml) => xml.replace(/Version="2.0" IssueInstant/, 'Version="2.0"  evil="1" IssueInstant')),
  changed('had a space added in its name', (xml) => xml.replace('>alice<', '>alice <')),
  changed('had its signature value emptied', (xml) => xml.replace(/<ds:SignatureValue>.*?<\/ds:SignatureValue>/gs, '<ds:SignatureValue></ds:SignatureValue>')),
  changed('had its digest replaced', (xml) => xml.replace(/<ds:DigestValue>.*?<\/ds:DigestValue>/s, '<ds:DigestValue>AAAA</ds:DigestValue>')),
  changed('points its signature at the whole document', (xml) => xml.replaceAll(/URI="#[^"]+"/g, 'URI=""')),
  changed('points its signature at an XPointer', (xml) => xml.replaceAll(/URI="#([^"]+)"/g, "URI=\"#xpointer(id('$1'))\"")),
  changed('points its signature at an address', (xml) => xml.replaceAll(/URI="#[^"]+"/g, 'URI="http://127.0.0.1:9/evil"')),
  changed('has a second reference', (xml) => xml.replace(/(<ds:Reference .*?<\/ds:Reference>)/s, '$1$1')),
  changed('has no reference', (xml) => xml.replaceAll(/<ds:Reference .*?<\/ds:Reference>/gs, '')),
  changed('has its signature twice', (xml) => xml.replace(/(<ds:Signature .*?<\/ds:Signature>)/s, '$1$1')),
  changed('hides an object in its signature', (xml) => xml.replace('</ds:Signature>', '<ds:Object><evil/></ds:Object></ds:Signature>')),
  changed('asks for a transform by XSLT', (xml) => xml.replace(`<ds:Transform Algorithm="${ENVELOPED}"/>`, '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>')),
  changed('asks for a transform by XPath', (xml) => xml.replace(`<ds:Transform Algorithm="${ENVELOPED}"/>`, '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>')),
  changed('names HMAC in place of RSA', (xml) => xml.replaceAll('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1')),
  signedBy('is signed with SHA-1', { algorithm: SHA1_RSA }),
  signedBy('has digests of SHA-1', { digest: SHA1 }),
  signedBy('is canonical with comments', { transforms: [ENVELOPED, WITH_COMMENTS] }),
  signedBy('is signed in a form with comments', { canonical: WITH_COMMENTS }),
  signedBy('is canonical twice', { transforms: [ENVELOPED, EXCLUSIVE, EXCLUSIVE] }),
  signedBy('is not enveloped', { transforms: [EXCLUSIVE] }),
];

const SAYINGS: readonly Forgery[] = [
  saying('is for another audience', { audience: 'https://another.example' }),
  saying('is for an audience that begins like ours', (asked) => ({ audience: `${asked.audience}/evil` })),
  saying('is for no audience', { audience: null }),
  saying('is for us, and only for somebody else', {
    conditions: '<saml:AudienceRestriction><saml:Audience>https://another.example</saml:Audience></saml:AudienceRestriction>',
  }),
  saying('was sent to another destination', { destination: 'https://another.example/acs' }),
  saying('was sent to no destination', { destination: null }),
  saying('was sent to a destination that begins like ours', (asked) => ({ destination: `${asked.acsUrl}.evil.example` })),
  saying('was received by another', { recipient: 'https://another.example/acs' }),
  saying('was received by nobody', { recipient: null }),
  saying('answers no request', { responseInResponseTo: null, assertionInResponseTo: null }),
  saying('answers a request that nobody made', { responseInResponseTo: '_evil', assertionInResponseTo: '_evil' }),
  saying('answers our request with an assertion for another', { assertionInResponseTo: '_evil' }),
  saying('answers our request with an assertion for none', { assertionInResponseTo: null }),
  saying('answers another request with an assertion for ours', { responseInResponseTo: '_evil' }),
  saying('answers no request, its assertion ours', { responseInResponseTo: null }),
  saying('comes from another provider', { responseIssuer: 'https://evil.example', assertionIssuer: 'https://evil.example' }),
  saying('carries an assertion of another provider', { assertionIssuer: 'https://evil.example' }),
  saying('is of another provider around an assertion of ours', { responseIssuer: 'https://evil.example' }),
  saying('is past its time', { notOnOrAfter: Date.now() - HOUR }),
  saying('has no end', { notOnOrAfter: null }),
  saying('has not begun', { notBefore: Date.now() + HOUR, notOnOrAfter: Date.now() + 2 * HOUR }),
  saying('was born in the future', { issuedAt: Date.now() + HOUR }),
  saying('is confirmed for a time that is over', { confirmedUntil: Date.now() - HOUR }),
  saying('is confirmed for ever', { confirmedUntil: null }),
  saying('is confirmed by a key that nobody holds', { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }),
  saying('is confirmed by whoever sends it', { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }),
  saying('reports a failure', { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }),
  saying('has a condition that nobody knows', { conditions: '<saml:Condition xmlns:x="urn:evil" x:type="x"/>' }),
  saying('says nothing about a sign-in', { statement: '' }),
  saying('tells of a session that is over', {
    statement: `<saml:AuthnStatement AuthnInstant="2020-01-01T00:00:00Z" SessionNotOnOrAfter="${new Date(Date.now() - HOUR).toISOString()}"/>`,
  }),
  saying('has an empty name', { nameId: '' }),
  saying('has a name longer than names are', { nameId: 'x'.repeat(2000) }),
  saying('has a name that is new each time', { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }, 'permission_denied'),
  saying('has no address, where domains are asked for', { attributes: {} }, 'permission_denied'),
  saying('has an address of another domain', { attributes: { email: ['mallory@evil.example'] } }, 'permission_denied'),
  saying('has an address of a sub-domain', { attributes: { email: ['mallory@sub.example.com'] } }, 'permission_denied'),
  saying('has an address of a domain that ends alike', { attributes: { email: ['mallory@notexample.com'] } }, 'permission_denied'),
  saying('has an address in letters that look alike', { attributes: { email: ['mallory@exаmple.com'] } }, 'permission_denied'),
  saying('has two addresses', { attributes: { email: ['mallory@evil.example', 'alice@example.com'] } }, 'permission_denied'),
  saying('has two attributes with different addresses', { attributes: { email: ['alice@example.com'], mail: ['mallory@evil.example'] } }, 'permission_denied'),
];

const FORMS: readonly Forgery[] = [
  shaped('has a comment in its name', (xml) => xml.replace('>alice<', '>alice<!-- -->.evil.example<'), 'validation_failed'),
  shaped('has a comment in its address', (xml) => xml.replace('alice@example.com', 'alice@example.com<!---->.evil.example'), 'validation_failed'),
  changed('had a comment put into its name afterwards', (xml) => xml.replace('>alice<', '>al<!-- -->ice<'), 'validation_failed'),
  changed('had CDATA put into its name', (xml) => xml.replace('>alice<', '><![CDATA[alice]]><'), 'validation_failed'),
  changed('had a processing instruction put into its name', (xml) => xml.replace('>alice<', '>al<?evil x?>ice<'), 'validation_failed'),
  changed('brings a document type', (xml) => `<!DOCTYPE Response>${xml}`, 'validation_failed'),
  changed('brings an entity', (xml) => `<!DOCTYPE Response [<!ENTITY who "mallory">]>${xml.replace('>alice<', '>&who;<')}`, 'validation_failed'),
  changed('brings an entity of a file', (xml) => `<!DOCTYPE Response [<!ENTITY who SYSTEM "file:///etc/passwd">]>${xml.replace('>alice<', '>&who;<')}`, 'validation_failed'),
  changed('brings a billion laughs', (xml) => `<!DOCTYPE l [<!ENTITY a "evil"><!ENTITY b "&a;&a;&a;&a;">]>${xml.replace('>alice<', '>&b;<')}`, 'validation_failed'),
  changed('brings a document type behind its declaration', (xml) => `<?xml version="1.0"?>\n<!doctype x>${xml}`, 'validation_failed'),
  changed('has a second root', (xml) => `${xml}<evil/>`, 'validation_failed'),
  changed('is deeper than anything real', (xml) => xml.replace('<saml:AttributeStatement>', `${'<x>'.repeat(200)}${'</x>'.repeat(200)}<saml:AttributeStatement>`), 'validation_failed'),
  shaped('names its subject twice', (xml) => xml.replace(/(<saml:NameID .*?<\/saml:NameID>)/, '$1<saml:NameID>mallory</saml:NameID>')),
  shaped('has an element in its name', (xml) => xml.replace('>alice<', '>alice<evil/><')),
  shaped('has two subjects', (xml) => xml.replace(/(<saml:Subject>.*?<\/saml:Subject>)/, '$1<saml:Subject><saml:NameID>mallory</saml:NameID></saml:Subject>')),
  shaped('has two confirmations, of which one is right', (xml) => xml.replace(/(<saml:SubjectConfirmation .*?<\/saml:SubjectConfirmation>)/, '$1$1')),
  shaped('has its conditions twice', (xml) => xml.replace(/(<saml:Conditions .*?<\/saml:Conditions>)/, '$1$1')),
  shaped('is of version 1.1', (xml) => xml.replace('Version="2.0"', 'Version="1.1"')),
  shaped('is of version 1.1 inside', (xml) => xml.replace(/(<saml:Assertion [^>]*)Version="2.0"/, '$1Version="1.1"')),
  shaped('is encrypted', (xml) => xml.replace('<saml:AttributeStatement>', '<saml:EncryptedAttribute/><saml:AttributeStatement>')),
  refused('has two assertions, both signed by the provider', (asked, idp) => {
    const other = /<saml:Assertion .*<\/saml:Assertion>/s.exec(idp.answer(asked, { assertionId: newId(), nameId: 'mallory' }))?.[0] ?? '';
    return idp.answer(asked).replace('</samlp:Response>', `${other}</samlp:Response>`);
  }),
  refused('has no assertion', (asked, idp) => signElement(responseXml(asked).replace(/<saml:Assertion .*<\/saml:Assertion>/s, ''), 'Response', idp.key)),
  refused('is a request and no response', (asked) => responseXml(asked).replaceAll('samlp:Response', 'samlp:AuthnRequest')),
  refused('is a log-out', (asked, idp) => signElement(responseXml(asked).replaceAll('samlp:Response', 'samlp:LogoutResponse'), 'LogoutResponse', idp.key)),
  refused('is in a namespace of its own', (asked, idp) => idp.answer(asked).replace('urn:oasis:names:tc:SAML:2.0:protocol', 'urn:evil')),
  refused('belongs to another sign-in of another browser, word for word', (asked, idp) => idp.answer({ ...asked, requestId: newId() })),
];

/** Everything that must not open the door, each with the problem that it gets. */
export const FORGERIES: readonly Forgery[] = [...SIGNATURES, ...SAYINGS, ...FORMS, ...WRAPPINGS];
