import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { DEFAULT_TENANT } from '#libs/contracts';
import { Clock, Tokens, type TokenKind } from '#libs/ports';
import { ExpiredSweep } from '../expired-sweep.js';
import { digest } from '../secret.js';

type PendingKind = Extract<TokenKind, 'oidc-login' | 'saml-request' | 'saml-answer'>;

/** What is known of a sign-in while somebody is at the provider. Kept in the store, so what was used once stays used after a restart. */
@Injectable()
export class PendingSignIns {
  constructor(
    private readonly tokens: Tokens,
    private readonly sweep: ExpiredSweep,
    private readonly clock: Clock,
  ) {}

  /** Keeps `facts` under `key`; only the hash of the key is stored. */
  async keep(kind: PendingKind, key: string, facts: object, lifetimeMs: number): Promise<void> {
    await this.tokens.issue({
      kind,
      hash: hashOf(kind, key),
      tenantId: DEFAULT_TENANT,
      credentialId: kind,
      payload: JSON.stringify(facts),
      expiresAt: this.clock.now() + lifetimeMs,
    });
    this.sweep.noteMade();
  }

  /** What was kept under the key, once; null when it is unknown, used or past its time. */
  async take<Facts>(kind: PendingKind, key: string, schema: z.ZodType<Facts>): Promise<Facts | null> {
    const token = await this.tokens.redeem(kind, hashOf(kind, key), this.clock.now());
    return token === null ? null : schema.parse(JSON.parse(token.payload));
  }
}

function hashOf(kind: PendingKind, key: string): string {
  return digest(`${kind}:${key}`);
}
