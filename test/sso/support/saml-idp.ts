import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { makeCertificate, type SigningCertificate } from '../../../scripts/demo-sso/certificate.mjs';
import { idpMetadata, responseXml, signResponse, type ResponseWish } from '../../../scripts/demo-sso/saml-response.mjs';

/** What a sign-in request asked of the provider. */
export interface Asked {
  readonly requestId: string;
  readonly acsUrl: string;
  readonly audience: string;
  readonly entityId: string;
}

/** A SAML provider of our own whose metadata is a file; it signs whatever it is told to. */
export class SamlIdp {
  readonly entityId = 'https://idp.example/metadata';
  readonly key: SigningCertificate = makeCertificate('the provider');
  readonly foreignKey: SigningCertificate = makeCertificate('somebody else');
  private folder = '';

  async start(): Promise<this> {
    this.folder = await mkdtemp(join(tmpdir(), 'parley-idp-'));
    await writeFile(this.metadataFile, this.metadata());
    return this;
  }

  stop(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  get metadataFile(): string {
    return join(this.folder, 'idp.xml');
  }

  metadata(): string {
    return idpMetadata({ entityId: this.entityId, signOnUrl: 'https://idp.example/sso', certificate: this.key.certificate });
  }

  /** Reads the request with which a browser was sent here. */
  asked(location: string): Asked {
    const xml = inflateRawSync(Buffer.from(new URL(location).searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
    const read = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
    return {
      requestId: read(/ ID="([^"]+)"/),
      acsUrl: read(/AssertionConsumerServiceURL="([^"]+)"/),
      audience: read(/<saml:Issuer[^>]*>([^<]+)</),
      entityId: this.entityId,
    };
  }

  /** A right answer but for what `wish` changes. */
  answer(asked: Asked, wish: Partial<ResponseWish> = {}): string {
    return signResponse(responseXml({ ...asked, ...wish }), this.key);
  }
}

/** The form that the provider's page posts. */
export function formOf(xml: string): string {
  return new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64') }).toString();
}
