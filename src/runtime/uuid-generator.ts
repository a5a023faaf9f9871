import { randomFillSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IdGenerator } from '#libs/ports';

const POOL_BYTES = 8192;
const RANDOM_BYTES = 8;
const MAX_COUNTER = 0xfff;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * UUIDv7 (RFC 9562, section 5.7) with a counter in `rand_a` (section 6.2, method 1): ids of one process only grow, also when the clock
 * is set back. Randomness is drawn a pool at a time, since a message needs three ids and a draw for each would be its dearest step.
 */
@Injectable()
export class UuidGenerator extends IdGenerator {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #next = POOL_BYTES;
  #ms = 0;
  #counter = 0;

  override next(): string {
    const now = Date.now();
    if (now > this.#ms) {
      this.#ms = now;
      this.#counter = 0;
    } else if (this.#counter === MAX_COUNTER) {
      this.#ms += 1;
      this.#counter = 0;
    } else this.#counter += 1;
    const time = this.#ms.toString(16).padStart(12, '0');
    const counter = this.#counter.toString(16).padStart(3, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${this.#random()}`;
  }

  /** The last two groups: variant `10` and 62 random bits. */
  #random(): string {
    if (this.#next + RANDOM_BYTES > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    const at = this.#next;
    this.#next = at + RANDOM_BYTES;
    const hex = (index: number) => HEX[this.#pool[at + index] ?? 0] ?? '00';
    const variant = HEX[0x80 | ((this.#pool[at] ?? 0) & 0x3f)] ?? '80';
    return `${variant}${hex(1)}-${hex(2)}${hex(3)}${hex(4)}${hex(5)}${hex(6)}${hex(7)}`;
  }
}
