export const CLIENT: { readonly id: string; readonly secret: string };
/** The claim and attribute in which the provider tells roles. */
export const ROLES: string;

export interface IdentityProvider {
  /** `http://localhost:<port>`. */
  readonly issuer: string;
  readonly metadata: string;
  readonly metadataUrl: string;
  serveOidc(gatewayUrl: string): void;
  stop(): Promise<void>;
}

export function startIdentityProvider(port?: number): Promise<IdentityProvider>;
