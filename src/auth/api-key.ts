import { randomBytes } from 'node:crypto';
import { digest } from './secret.js';

/** A key at the moment it is made: what is shown once, and what is kept. */
export interface NewApiKey {
  /** `pk_<8>_<43>`, letters and digits: 256 bits of randomness in the last part. */
  readonly key: string;
  readonly prefix: string;
  readonly hash: string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const FORMAT = /^(pk_[A-Za-z0-9]{8})_[A-Za-z0-9]{32,128}$/;
const PREFIX_LENGTH = 8;
const SECRET_LENGTH = 43;
// The largest multiple of 62 in a byte: values beyond it would favour the first letters.
const UNBIASED = 248;

function letters(count: number): string {
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < UNBIASED && text.length < count) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}

export function newApiKey(): NewApiKey {
  const prefix = `pk_${letters(PREFIX_LENGTH)}`;
  const key = `${prefix}_${letters(SECRET_LENGTH)}`;
  return { key, prefix, hash: digest(key) };
}

/** `pk_<8>` of a key of our format (CONTRACT section 6); null for any other text. */
export function prefixOf(key: string): string | null {
  return FORMAT.exec(key)?.[1] ?? null;
}
