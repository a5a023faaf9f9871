import { markedCredentialId, splitCredentialId } from '../credential-id.js';

const PREFIX = 'jwt:';

/** What somebody's rights hang on who came with a token of an issuer: `jwt:<issuer's id>`, and as its mark when the token ends (seconds). */
export const tokenCredential = {
  rootOf: (issuerId: string): string => PREFIX + issuerId,
  idOf: (issuerId: string, endsAt: number): string => markedCredentialId(PREFIX + issuerId, String(endsAt)),
  owns: (credentialId: string): boolean => credentialId.startsWith(PREFIX),
  issuerIn: (credentialId: string): string => splitCredentialId(credentialId).root.slice(PREFIX.length),
  /** Milliseconds since the epoch. */
  endOf: (credentialId: string): number => Number(splitCredentialId(credentialId).mark ?? 0) * 1000,
};
