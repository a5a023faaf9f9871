/** What a socket shows at its handshake; null leaves it to the browser's cookie. */
export type SocketCredential = { readonly apiKey: string } | { readonly token: string } | { readonly ticket: string } | { readonly resume: string } | null;

/** Asked again whenever a credential is needed and no resume token works any more; a ticket is good for one connection only. */
export type CredentialSource = SocketCredential | (() => Promise<SocketCredential>);

export async function askFor(source: CredentialSource): Promise<SocketCredential> {
  return typeof source === 'function' ? source() : source;
}
