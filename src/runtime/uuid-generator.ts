import { randomFillSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IdGenerator } from '#libs/ports';

const POOL_BYTES = 8192;
const RANDOM_BYTES = 8;
const MAX_COUNTER = 0xfff;
const HEX = Buffer.from('0123456789abcdef');
const TEMPLATE = '00000000-0000-7000-8000-000000000000';
/** Where the eight random bytes stand in the text. */
const RANDOM_AT = [19, 21, 24, 26, 28, 30, 32, 34] as const;

/**
 * UUIDv7 (RFC 9562, section 5.7) with a counter in `rand_a` (section 6.2, method 1): ids of one process only grow, also when the clock
 * is set back. Randomness is drawn a pool at a time, since a message needs three ids and a draw for each would be its dearest step; the
 * text is made in one piece, since one put together of parts is a tree of ten objects.
 */
@Injectable()
export class UuidGenerator extends IdGenerator {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  readonly #text = Buffer.from(TEMPLATE, 'latin1');
  #next = POOL_BYTES;
  #ms = 0;
  #counter = 0;

  override next(): string {
    const now = Date.now();
    if (now > this.#ms) this.#begin(now);
    else if (this.#counter === MAX_COUNTER) this.#begin(this.#ms + 1);
    else this.#counter += 1;
    this.#write(14, 0x70 | (this.#counter >> 8));
    this.#write(16, this.#counter & 0xff);
    this.#writeRandom();
    return this.#text.toString('latin1');
  }

  #begin(ms: number): void {
    this.#ms = ms;
    this.#counter = 0;
    const time = ms.toString(16).padStart(12, '0');
    this.#text.write(`${time.slice(0, 8)}-${time.slice(8)}`, 'latin1');
  }

  /** The last two groups: variant `10` and 62 random bits. */
  #writeRandom(): void {
    if (this.#next + RANDOM_BYTES > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    for (const [index, at] of RANDOM_AT.entries()) {
      const byte = this.#pool[this.#next + index] ?? 0;
      this.#write(at, index === 0 ? 0x80 | (byte & 0x3f) : byte);
    }
    this.#next += RANDOM_BYTES;
  }

  /** Two characters of the text. */
  #write(at: number, byte: number): void {
    this.#text[at] = HEX[byte >> 4] ?? 0;
    this.#text[at + 1] = HEX[byte & 0xf] ?? 0;
  }
}
