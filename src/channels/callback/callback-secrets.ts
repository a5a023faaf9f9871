import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Vault, type CallbackTarget } from '#libs/ports';

/** Standard Webhooks wants 24 to 64 bytes. */
const SECRET_BYTES = 32;

type Owner = Pick<CallbackTarget, 'tenantId' | 'sessionId' | 'url'>;

/** Signing secrets: in the clear only when they are made and when something is signed. */
@Injectable()
export class CallbackSecrets {
  constructor(private readonly vault: Vault) {}

  /** A new secret, `whsec_<base64>`, and how it is kept. */
  make(owner: Owner): { readonly secret: string; readonly sealed: string } {
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    return { secret, sealed: this.seal(owner, secret) };
  }

  /** How the owner's secret is kept. */
  seal(owner: Owner, secret: string): string {
    return this.vault.seal(secret, purposeOf(owner));
  }

  /** Throws `VaultError` when it cannot be opened. */
  open(target: CallbackTarget): string {
    return this.vault.open(target.secret, purposeOf(target));
  }
}

function purposeOf({ tenantId, sessionId, url }: Owner): string {
  return JSON.stringify(['callback', tenantId, sessionId ?? url]);
}
