import { childrenOf, everyElement, is, NS, type XmlElement } from './xml.js';

/** The one response and the one assertion of a document in which nothing else could be meant. */
export interface ResponseShape {
  readonly response: XmlElement;
  readonly assertion: XmlElement;
}

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const TRANSFORMS = ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE];
const SIGNATURES = new Set(['sha256', 'sha384', 'sha512'].map((hash) => `http://www.w3.org/2001/04/xmldsig-more#rsa-${hash}`));
const DIGESTS = new Set([
  'http://www.w3.org/2001/04/xmlenc#sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512',
]);

/**
 * The shape of a response as identity providers send it: `Response` holds one `Assertion`, each holds one enveloped RSA signature
 * over itself, and no second element could be taken for one of them. It proves nothing; it leaves no room for two readings of
 * what a signature covers (signature wrapping, "On Breaking SAML", USENIX Security 2012). Returns why it is not so as a text.
 */
export function shapeOf(response: XmlElement): ResponseShape | string {
  if (!is(response, NS.protocol, 'Response')) return 'it is no SAML response';
  const all = [...everyElement(response)];
  const named = (name: string) => all.filter((element) => element.name === name);
  if (all.some(({ name }) => name.startsWith('Encrypted'))) return 'encrypted parts are not supported';
  if (named('Response').length > 1) return 'it holds a second response';
  const [assertion, ...more] = named('Assertion');
  if (assertion === undefined) return 'it holds no assertion';
  if (more.length > 0) return 'it holds more than one assertion';
  if (!is(assertion, NS.assertion, 'Assertion') || assertion.parent !== response) return 'the assertion is not where it belongs';
  const ids = all.flatMap(({ attributes }) => ['ID', 'Id', 'id'].map((name) => attributes.get(name))).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) return 'an ID is used twice';
  if (named('Signature').length !== 2) return 'response and assertion must each be signed, once';
  for (const signed of [response, assertion]) {
    const reason = signatureFault(signed);
    if (reason !== null) return reason;
  }
  return { response, assertion };
}

function signatureFault(signed: XmlElement): string | null {
  const [signature] = childrenOf(signed, NS.signature, 'Signature');
  const id = signed.attributes.get('ID');
  if (signature === undefined) return 'response and assertion must each be signed, once';
  if (id === undefined || !/^[A-Za-z_][\w.-]*$/.test(id)) return 'what is signed has no plain ID';
  const [info, value, keyInfo, ...others] = signature.children;
  const isPlain = isDs(info, 'SignedInfo') && isDs(value, 'SignatureValue') && (keyInfo === undefined || isDs(keyInfo, 'KeyInfo'));
  if (!isPlain || others.length > 0) return 'a signature holds more than it may';
  const [canonical, method, reference, ...references] = info.children;
  if (references.length > 0 || !isDs(reference, 'Reference')) return 'a signature must have one reference';
  if (canonical?.attributes.get('Algorithm') !== EXCLUSIVE) return 'a signature is not canonical';
  if (!SIGNATURES.has(method?.attributes.get('Algorithm') ?? '')) return 'a signature uses an algorithm that is not accepted';
  if (reference.attributes.get('URI') !== `#${id}`) return 'a signature is about something else';
  const [transforms, digest] = reference.children;
  const names = transforms?.children.map(({ attributes }) => attributes.get('Algorithm'));
  if (names?.join(' ') !== TRANSFORMS.join(' ')) return 'a signature uses transforms that are not accepted';
  return DIGESTS.has(digest?.attributes.get('Algorithm') ?? '') ? null : 'a signature uses an algorithm that is not accepted';
}

function isDs(element: XmlElement | undefined, name: string): element is XmlElement {
  return element !== undefined && is(element, NS.signature, name);
}
