import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Vault, VaultError } from '#libs/ports';

const ALGORITHM = 'aes-256-gcm';
const FORM = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const KEY_ID_LENGTH = 8;

/**
 * Seals with AES-256-GCM (NIST SP 800-38D), a fresh 96-bit nonce each time; the purpose is authenticated with the text.
 * Sealed: `v1.<key id>.<nonce, text and tag in base64url>`. The key id tells which key opens it, so that keys can be changed.
 */
export class AesVault extends Vault {
  readonly #sealing: { readonly id: string; readonly key: Buffer };
  readonly #keys = new Map<string, Buffer>();

  /** Seals under the first of the gateway's keys, opens under each. */
  constructor(gatewayKey: Buffer, ...earlier: readonly Buffer[]) {
    super();
    const key = derived(gatewayKey);
    this.#sealing = { id: idOf(key), key };
    for (const one of [key, ...earlier.map(derived)]) this.#keys.set(idOf(one), one);
  }

  override seal(text: string, purpose: string): string {
    const { id, key } = this.#sealing;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(bound(id, purpose));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${FORM}.${id}.${sealed.toString('base64url')}`;
  }

  override isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${FORM}.${this.#sealing.id}.`);
  }

  override open(sealed: string, purpose: string): string {
    const [form, id = '', text = '', ...more] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    if (form !== FORM || more.length > 0 || bytes.length < IV_BYTES + TAG_BYTES) throw new VaultError('not a sealed secret');
    const key = this.#keys.get(id);
    if (key === undefined) throw new VaultError(`sealed with the key ${id}, which is not here: set ENCRYPTION_KEY to the one it was sealed with`);
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(bound(id, purpose)).setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new VaultError('a sealed secret was changed, or belongs elsewhere', { cause: error });
    }
  }
}

function bound(keyId: string, purpose: string): Buffer {
  return Buffer.from(`${FORM}.${keyId}.${purpose}`);
}

/** A key for this purpose alone (HKDF, RFC 5869). */
function derived(gatewayKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', gatewayKey, '', 'parley vault', KEY_BYTES));
}

/** Tells keys apart without telling anything about them. */
function idOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, KEY_ID_LENGTH);
}
