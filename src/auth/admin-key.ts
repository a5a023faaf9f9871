import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, type Principal } from '#libs/contracts';
import { Config } from '../config/config.js';
import { digest, sameDigest } from './secret.js';

const FINGERPRINT_LENGTH = 16;

/** The key that the setting ADMIN_API_KEY holds: scope `admin`, tenant `default`, valid while set. */
@Injectable()
export class AdminKey {
  private readonly known: { readonly hash: string; readonly principal: Principal } | null;

  constructor(config: Config) {
    const key = config.settings.ADMIN_API_KEY;
    this.known = key === undefined ? null : describe(digest(key));
  }

  /** The principal when `hash` is the digest of the setting's key, compared in constant time. */
  match(hash: string): Principal | null {
    return this.known !== null && sameDigest(this.known.hash, hash) ? this.known.principal : null;
  }

  /** True when the credential was made from the key that is set now; another value ends what the old one opened. */
  isLive(credentialId: string): boolean {
    return this.known?.principal.credentialId === credentialId;
  }

  /** The principal of the setting's key; null when it is not set. */
  get principal(): Principal | null {
    return this.known?.principal ?? null;
  }

  static owns(credentialId: string): boolean {
    return credentialId.startsWith('admin:');
  }
}

function describe(hash: string): { hash: string; principal: Principal } {
  const credentialId = `admin:${digest(hash).slice(0, FINGERPRINT_LENGTH)}`;
  return {
    hash,
    principal: { kind: 'key', id: 'admin', tenantId: DEFAULT_TENANT, scopes: new Set(['admin'] as const), credentialId },
  };
}
