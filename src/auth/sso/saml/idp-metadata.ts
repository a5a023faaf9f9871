import { isHttpsOrLoopback } from '../../../config/sso-settings.js';
import { childrenOf, everyElement, is, NS, readXml, type XmlElement } from './xml.js';

/** What we need to know of an identity provider (SAML 2.0 Metadata, section 2.4.3). */
export interface IdpMetadata {
  readonly entityId: string;
  /** Where browsers are sent with a request (HTTP-Redirect binding). */
  readonly signOnUrl: string;
  /** Base64 of the X.509 certificates that it signs with; one or more. */
  readonly certificates: readonly string[];
  /** Milliseconds since the epoch, Infinity where it says no end: from then on nothing of it counts. */
  readonly validUntil: number;
}

/** The metadata cannot be used; the message says why, for the operator. */
class MetadataError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'MetadataError';
  }
}

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** Reads the one identity provider in the document. Throws `MetadataError` or `XmlError`. `now` in milliseconds since the epoch. */
export async function readIdpMetadata(xml: string, now: number): Promise<IdpMetadata> {
  const root = await readXml(xml);
  const providers = [...everyElement(root)].filter((element) => is(element, NS.metadata, 'IDPSSODescriptor'));
  const [provider] = providers;
  if (provider === undefined || providers.length > 1) throw new MetadataError('it must describe exactly one identity provider');
  const entity = provider.parent;
  const entityId = entity?.attributes.get('entityID');
  if (entity === null || entityId === undefined || entityId === '') throw new MetadataError('the provider has no entityID');
  const validUntil = Math.min(...[root, entity, provider].map(endOf));
  // Asked this way round, a date that cannot be read is over too.
  if (!(validUntil > now)) throw new MetadataError('its validUntil is over');
  return { entityId, signOnUrl: signOnUrlIn(provider), certificates: certificatesIn(provider), validUntil };
}

function endOf({ attributes }: XmlElement): number {
  const until = attributes.get('validUntil');
  return until === undefined ? Infinity : Date.parse(until);
}

function signOnUrlIn(provider: XmlElement): string {
  const services = childrenOf(provider, NS.metadata, 'SingleSignOnService');
  const url = services.find((service) => service.attributes.get('Binding') === REDIRECT)?.attributes.get('Location');
  if (url === undefined) throw new MetadataError('it has no SingleSignOnService with the binding HTTP-Redirect');
  if (!isHttpsOrLoopback(url)) throw new MetadataError('its SingleSignOnService is not at an https address');
  return url;
}

function certificatesIn(provider: XmlElement): string[] {
  const certificates = childrenOf(provider, NS.metadata, 'KeyDescriptor')
    .filter(({ attributes }) => (attributes.get('use') ?? 'signing') === 'signing')
    .flatMap((key) => [...everyElement(key)])
    .filter((element) => is(element, NS.signature, 'X509Certificate'))
    .map(({ text }) => text.replace(/\s+/g, ''));
  if (certificates.length === 0) throw new MetadataError('it has no certificate for signing');
  return certificates;
}
