import { createHash, randomFillSync } from 'node:crypto';

/** 32-bit words of a fingerprint. */
export const FINGERPRINT_WORDS = 3;
const MAX_LENGTH = 1024;

/**
 * 96 bits that stand for a text: a multilinear hash under random keys of this process, so that nobody can make two texts that share one.
 * Two of a million are the same with a probability below 2⁻³⁵.
 */
export class KeyFingerprint {
  first = 0;
  second = 0;
  third = 0;
  readonly #random = randomFillSync(new Uint32Array((MAX_LENGTH + 1) * FINGERPRINT_WORDS));

  /** Reads the text; the words, signed, stand in the fields until the next one. The third is never 0. */
  read(text: string): void {
    const short = text.length <= MAX_LENGTH ? text : createHash('sha512').update(text).digest('base64');
    const random = this.#random;
    let at = 0;
    let first = 0;
    let second = 0;
    let third = 0;
    for (let index = 0; index < short.length; index += 1, at += FINGERPRINT_WORDS) {
      const code = short.charCodeAt(index);
      first += Math.imul(random[at] ?? 0, code);
      second += Math.imul(random[at + 1] ?? 0, code);
      third += Math.imul(random[at + 2] ?? 0, code);
    }
    const end = MAX_LENGTH * FINGERPRINT_WORDS;
    this.first = (first + Math.imul(random[end] ?? 0, short.length)) | 0;
    this.second = (second + Math.imul(random[end + 1] ?? 0, short.length)) | 0;
    this.third = (third + Math.imul(random[end + 2] ?? 0, short.length)) | 1;
  }
}
