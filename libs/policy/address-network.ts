import { parseV4, parseV6 } from './ip-address.js';

/**
 * Whom an address belongs to, for counting: an IPv6 holder has a whole /64 to call from, so that is one; an IPv4 address is one however it
 * is written. What is no address stands for itself.
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  const v6 = parseV4(bare) === null ? parseV6(bare) : null;
  if (v6 === null) return bare;
  if (v6 >> 32n === 0xffffn) return [24n, 16n, 8n, 0n].map((shift) => (v6 >> shift) & 0xffn).join('.');
  return `${(v6 >> 64n).toString(16)}/64`;
}
