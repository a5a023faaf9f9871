import type { SigningCertificate } from './certificate.mjs';

export interface ResponseWish {
  readonly entityId: string;
  readonly acsUrl: string;
  readonly audience: string | null;
  readonly requestId: string;
  readonly nameId?: string;
  readonly nameIdFormat?: string;
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly now?: number;
  readonly responseId?: string;
  readonly assertionId?: string;
  readonly destination?: string | null;
  readonly recipient?: string | null;
  readonly responseIssuer?: string | null;
  readonly assertionIssuer?: string | null;
  readonly status?: string;
  readonly issuedAt?: number;
  readonly notBefore?: number;
  readonly notOnOrAfter?: number | null;
  readonly confirmedUntil?: number | null;
  readonly method?: string;
  readonly responseInResponseTo?: string | null;
  readonly assertionInResponseTo?: string | null;
  readonly conditions?: string;
  readonly statement?: string;
}

export interface SignatureWish {
  readonly algorithm?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  readonly canonical?: string;
}

export function newId(): string;
export function idpMetadata(idp: { readonly entityId: string; readonly signOnUrl: string; readonly certificate: string }): string;
export function responseXml(wish: ResponseWish): string;
export function signElement(xml: string, name: string, key: SigningCertificate, wish?: SignatureWish): string;
export function signResponse(xml: string, key: SigningCertificate, wish?: SignatureWish): string;
