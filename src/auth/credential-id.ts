/** The parts of `Principal.credentialId`, written `<root>~<mark>/<sessionId>`. */
export interface CredentialParts {
  /** What the caller's rights hang on: a key's id, the admin key, the link, an account at a provider, an issuer of tokens. */
  readonly root: string;
  /** Which form of it was shown: the prefix of a key's secret, the end of a token, a membership. */
  readonly mark: string | null;
  /** The operator session that was opened with it. */
  readonly sessionId: string | null;
}

export function splitCredentialId(credentialId: string): CredentialParts {
  const slash = credentialId.indexOf('/');
  const shown = slash < 0 ? credentialId : credentialId.slice(0, slash);
  const tilde = shown.indexOf('~');
  return {
    root: tilde < 0 ? shown : shown.slice(0, tilde),
    mark: tilde < 0 ? null : shown.slice(tilde + 1),
    sessionId: slash < 0 ? null : credentialId.slice(slash + 1),
  };
}

/** The credential of one form of a root, such as one secret of a key. */
export function markedCredentialId(root: string, mark: string): string {
  return `${root}~${mark}`;
}

/** True when `credentialId` is `credential` or was made from it. */
export function hangsOn(credentialId: string, credential: string): boolean {
  return credentialId === credential || credentialId.startsWith(`${credential}~`) || credentialId.startsWith(`${credential}/`);
}
