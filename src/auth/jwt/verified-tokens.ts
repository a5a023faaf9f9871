import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { tokenCredential } from './token-credential.js';

/** For so long a token is not checked again; a key that its issuer takes back counts for so much longer. */
const KEPT_MS = 60_000;
const MAX_KEPT = 10_000;

interface Verified {
  readonly principal: Principal;
  readonly until: number;
}

/** Tokens that were found good within the last minute, by their hash: checking a signature costs more than the rest of a call. */
@Injectable()
export class VerifiedTokens {
  private readonly byHash = new Map<string, Verified>();

  constructor(private readonly clock: Clock) {}

  /** Null when the token was not seen lately, or is over. Whether its issuer is still trusted is not asked. */
  find(hash: string): Principal | null {
    const known = this.byHash.get(hash);
    if (known === undefined) return null;
    if (known.until > this.clock.now()) return known.principal;
    this.byHash.delete(hash);
    return null;
  }

  keep(hash: string, principal: Principal): void {
    const oldest = this.byHash.keys().next();
    if (this.byHash.size >= MAX_KEPT && oldest.done !== true) this.byHash.delete(oldest.value);
    const until = Math.min(this.clock.now() + KEPT_MS, tokenCredential.endOf(principal.credentialId));
    this.byHash.set(hash, { principal, until });
  }
}
