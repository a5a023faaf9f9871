import type { ResponseShape } from './response-shape.js';
import { childrenOf, is, NS, type XmlElement } from './xml.js';

/** What a response must say to be the answer to our request. Times in milliseconds since the epoch. */
export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  readonly acsUrl: string;
  readonly requestId: string;
  readonly now: number;
}

export interface ResponseFacts {
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const KNOWN_CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);
const SKEW_MS = 60_000;
const MAX_NAME_LENGTH = 1024;

/**
 * What a response says that is for us, for this request and for now (SAML 2.0 Profiles, section 4.1.4.3); or, as a text, why not.
 * The signatures are checked elsewhere; what is read here is exactly what they cover.
 */
export function factsIn({ response, assertion }: ResponseShape, expected: Expected): ResponseFacts | string {
  return responseFault(response, expected) ?? assertionFault(assertion, expected) ?? subjectOf(assertion);
}

function responseFault(response: XmlElement, { issuer, acsUrl, requestId, now }: Expected): string | null {
  const { attributes } = response;
  const [status] = childrenOf(response, NS.protocol, 'Status');
  const code = status === undefined ? undefined : childrenOf(status, NS.protocol, 'StatusCode')[0]?.attributes.get('Value');
  const issuers = childrenOf(response, NS.assertion, 'Issuer');
  if (attributes.get('Version') !== '2.0') return 'it is not of version 2.0';
  if (code !== SUCCESS) return 'it does not report success';
  if (attributes.get('Destination') !== acsUrl) return 'its destination is elsewhere';
  if (attributes.get('InResponseTo') !== requestId) return 'it answers another request';
  if (issuers.length > 1 || issuers.some((one) => one.text.trim() !== issuer)) return 'it comes from another provider';
  return isBorn(attributes.get('IssueInstant'), now) ? null : 'it is not yet valid';
}

function assertionFault(assertion: XmlElement, expected: Expected): string | null {
  const { issuer, audience, now } = expected;
  const issuers = childrenOf(assertion, NS.assertion, 'Issuer');
  const [conditions, ...more] = childrenOf(assertion, NS.assertion, 'Conditions');
  const [statement] = childrenOf(assertion, NS.assertion, 'AuthnStatement');
  if (assertion.attributes.get('Version') !== '2.0') return 'the assertion is not of version 2.0';
  if (issuers.length !== 1 || issuers[0]?.text.trim() !== issuer) return 'the assertion comes from another provider';
  if (!isBorn(assertion.attributes.get('IssueInstant'), now)) return 'the assertion is not yet valid';
  if (conditions === undefined || more.length > 0) return 'the assertion must have conditions, once';
  if (!conditions.children.every(isKnownCondition)) return 'a condition is not understood';
  if (!isNow(conditions, now)) return 'the assertion is past its time or not yet valid';
  const restrictions = childrenOf(conditions, NS.assertion, 'AudienceRestriction');
  const isForUs = (one: XmlElement) => childrenOf(one, NS.assertion, 'Audience').some(({ text }) => text.trim() === audience);
  if (restrictions.length === 0 || !restrictions.every(isForUs)) return 'the assertion is for another audience';
  if (statement === undefined) return 'the assertion does not say that somebody signed in';
  const sessionEnd = statement.attributes.get('SessionNotOnOrAfter');
  if (sessionEnd !== undefined && !(Date.parse(sessionEnd) > now)) return 'the session at the provider is over';
  return confirmationFault(assertion, expected);
}

function isKnownCondition({ namespace, name }: XmlElement): boolean {
  return namespace === NS.assertion && KNOWN_CONDITIONS.has(name);
}

function confirmationFault(assertion: XmlElement, { acsUrl, requestId, now }: Expected): string | null {
  const subjects = childrenOf(assertion, NS.assertion, 'Subject');
  const [confirmation, ...more] = subjects.flatMap((subject) => childrenOf(subject, NS.assertion, 'SubjectConfirmation'));
  if (subjects.length !== 1 || confirmation === undefined || more.length > 0) return 'the subject must be confirmed, once';
  if (confirmation.attributes.get('Method') !== BEARER) return 'the subject is not confirmed by bearer';
  const [data] = childrenOf(confirmation, NS.assertion, 'SubjectConfirmationData');
  if (data?.attributes.get('Recipient') !== acsUrl) return 'the recipient is somebody else';
  if (data.attributes.get('InResponseTo') !== requestId) return 'the assertion answers another request';
  return isNow(data, now) ? null : 'the confirmation is past its time or not yet valid';
}

function subjectOf(assertion: XmlElement): ResponseFacts | string {
  const names = childrenOf(assertion, NS.assertion, 'Subject').flatMap((subject) => childrenOf(subject, NS.assertion, 'NameID'));
  const [name] = names;
  if (name === undefined || names.length > 1 || name.children.length > 0) return 'the subject must have one plain name';
  const nameId = name.text.trim();
  if (nameId === '' || nameId.length > MAX_NAME_LENGTH) return 'the name of the subject is empty or too long';
  return { nameId, nameIdFormat: name.attributes.get('Format') ?? '', attributes: attributesOf(assertion) };
}

function attributesOf(assertion: XmlElement): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const statements = childrenOf(assertion, NS.assertion, 'AttributeStatement');
  for (const attribute of statements.flatMap((statement) => childrenOf(statement, NS.assertion, 'Attribute'))) {
    const name = attribute.attributes.get('Name') ?? '';
    const values = attribute.children.filter((child) => is(child, NS.assertion, 'AttributeValue') && child.children.length === 0);
    found.set(name, [...(found.get(name) ?? []), ...values.map(({ text }) => text.trim())]);
  }
  return found;
}

function isBorn(instant: string | undefined, now: number): boolean {
  return instant !== undefined && Date.parse(instant) <= now + SKEW_MS;
}

/** Within `NotBefore` (if it is there) and `NotOnOrAfter` (which must be). */
function isNow({ attributes }: XmlElement, now: number): boolean {
  const from = attributes.get('NotBefore');
  const until = attributes.get('NotOnOrAfter');
  if (from !== undefined && !(Date.parse(from) <= now + SKEW_MS)) return false;
  return until !== undefined && Date.parse(until) > now - SKEW_MS;
}
