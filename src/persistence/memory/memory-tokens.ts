import { Tokens, type TokenKind, type TokenRecord } from '#libs/ports';

/** Single-use secrets in memory. */
export class MemoryTokens extends Tokens {
  readonly #tokens = new Map<string, TokenRecord>();

  override async issue(token: TokenRecord): Promise<void> {
    this.#tokens.set(token.hash, token);
  }

  override async redeem(kind: TokenKind, hash: string, at: number): Promise<TokenRecord | null> {
    const token = this.#tokens.get(hash);
    if (token === undefined || token.kind !== kind) return null;
    this.#tokens.delete(hash);
    return token.expiresAt <= at ? null : token;
  }

  override async revoke(credentialId: string): Promise<void> {
    this.#drop((token) => token.credentialId === credentialId, Infinity);
  }

  override async revokeKind(kind: TokenKind): Promise<void> {
    this.#drop((token) => token.kind === kind, Infinity);
  }

  override async sweep(at: number, limit: number): Promise<number> {
    return this.#drop((token) => token.expiresAt <= at, limit);
  }

  #drop(ends: (token: TokenRecord) => boolean, limit: number): number {
    const gone = [...this.#tokens.values()].filter(ends).slice(0, limit);
    for (const { hash } of gone) this.#tokens.delete(hash);
    return gone.length;
  }
}
