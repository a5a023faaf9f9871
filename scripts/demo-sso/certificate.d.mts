export interface SigningCertificate {
  readonly privateKey: string;
  readonly certificate: string;
}

export function makeCertificate(commonName: string): SigningCertificate;
