import type { Forgery } from './forgeries.js';

/** The pieces of a right response of which an attacker builds another one. */
interface Pieces {
  /** The whole response as the provider signed it. */
  readonly original: string;
  /** The assertion as the provider signed it, with its signature, and without. */
  readonly assertion: string;
  readonly bareAssertion: string;
  readonly assertionSignature: string;
  readonly responseSignature: string;
  /** The response without its own signature. */
  readonly unsignedResponse: string;
}

const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s;
const ASSERTION = /<saml:Assertion .*<\/saml:Assertion>/s;

function piecesOf(original: string): Pieces {
  const responseSignature = SIGNATURE.exec(original)?.[0] ?? '';
  const unsignedResponse = original.replace(responseSignature, '');
  const assertion = ASSERTION.exec(unsignedResponse)?.[0] ?? '';
  const assertionSignature = SIGNATURE.exec(assertion)?.[0] ?? '';
  return { original, assertion, bareAssertion: assertion.replace(assertionSignature, ''), assertionSignature, responseSignature, unsignedResponse };
}

/** The same for mallory, under another ID. */
const evil = (xml: string): string => xml.replace('>alice<', '>mallory<').replace(/(<saml:Assertion [^>]*ID=")[^"]+/, '$1_evil');
const evilResponse = (xml: string): string => evil(xml).replace(/(<samlp:Response [^>]*ID=")[^"]+/, '$1_evil_response');
const behindIssuer = (xml: string, piece: string): string => xml.replace('</saml:Issuer>', `</saml:Issuer>${piece}`);
const inObject = (signature: string, piece: string): string => signature.replace('</ds:Signature>', `<ds:Object>${piece}</ds:Object></ds:Signature>`);
const withAssertions = (response: string, assertions: string): string => response.replace(ASSERTION, () => assertions);
const inExtensions = (piece: string): string => `<samlp:Extensions>${piece}</samlp:Extensions>`;

const wrapping = (title: string, forge: (pieces: Pieces) => string): Forgery => ({
  title,
  code: 'unauthenticated',
  forge: (asked, idp) => forge(piecesOf(idp.answer(asked))),
});

/**
 * Signature wrapping, XSW 1 to 8 as numbered by SAML Raider after "On Breaking SAML" (USENIX Security 2012), and relations of them:
 * the signed part is moved where it still verifies, and the reader is shown another one.
 */
export const WRAPPINGS: readonly Forgery[] = [
  wrapping('wraps as XSW1: the evil response around the signature, the signed one inside it', ({ unsignedResponse, responseSignature }) =>
    behindIssuer(evilResponse(unsignedResponse), inObject(responseSignature, unsignedResponse))),
  wrapping('wraps as XSW2: the signature beside the signed response, both in the evil one', ({ unsignedResponse, responseSignature }) =>
    behindIssuer(evilResponse(unsignedResponse), `${unsignedResponse}${responseSignature}`)),
  wrapping('wraps as XSW3: the evil assertion before the signed one', ({ original, assertion, bareAssertion }) => withAssertions(original, evil(bareAssertion) + assertion)),
  wrapping('wraps as XSW4: the signed assertion inside the evil one', ({ original, assertion, bareAssertion }) =>
    withAssertions(original, evil(bareAssertion).replace('</saml:Assertion>', `${assertion}</saml:Assertion>`))),
  wrapping('wraps as XSW5: the evil assertion keeps the signature, the signed one stands behind it', ({ original, assertion, bareAssertion }) =>
    withAssertions(original, evil(assertion) + bareAssertion)),
  wrapping('wraps as XSW6: the signed assertion inside the signature of the evil one', ({ original, bareAssertion, assertionSignature }) =>
    withAssertions(original, behindIssuer(evil(bareAssertion), inObject(assertionSignature, bareAssertion)))),
  wrapping('wraps as XSW7: the evil assertion in the extensions', ({ original, assertion, bareAssertion }) =>
    withAssertions(original, inExtensions(evil(bareAssertion)) + assertion)),
  wrapping('wraps as XSW8: the signed assertion in an object of the signature in the evil one', ({ original, bareAssertion, assertionSignature }) =>
    withAssertions(original, behindIssuer(evil(bareAssertion), inObject(assertionSignature, `<x>${bareAssertion}</x>`)))),
  wrapping('wraps as XSW1 under the same ID', ({ unsignedResponse, responseSignature }) =>
    behindIssuer(unsignedResponse.replace('>alice<', '>mallory<'), inObject(responseSignature, unsignedResponse))),
  wrapping('wraps as XSW3 under the same ID', ({ original, assertion, bareAssertion }) => withAssertions(original, bareAssertion.replace('>alice<', '>mallory<') + assertion)),
  wrapping('wraps as XSW7 at the end', ({ original, assertion, bareAssertion }) => withAssertions(original, assertion + inExtensions(evil(bareAssertion)))),
  wrapping('wraps the signed response in a new one', ({ original, unsignedResponse }) => withAssertions(evilResponse(unsignedResponse), original)),
  wrapping('has an evil assertion in no namespace', ({ original, assertion, bareAssertion }) =>
    withAssertions(original, evil(bareAssertion).replaceAll('saml:', '').replace('<Assertion ', '<Assertion xmlns="urn:evil" ') + assertion)),
  wrapping('has an evil assertion in the status', ({ original, bareAssertion }) =>
    original.replace('</samlp:Status>', `<samlp:StatusDetail>${evil(bareAssertion)}</samlp:StatusDetail></samlp:Status>`)),
  wrapping('has an evil element under the ID of the signed assertion', ({ original, assertion }) => {
    const id = /ID="([^"]+)"/.exec(assertion)?.[1] ?? '';
    return original.replace('</samlp:Status>', `<samlp:StatusDetail><evil Id="${id}"/></samlp:StatusDetail></samlp:Status>`);
  }),
];
