import { parseV4, parseV6 } from './ip-address.js';

/** What kind of place an address is; only `public` may be called, and `loopback` where the operator allowed it. */
export type EgressPlace = 'public' | 'loopback' | 'private';

/** IANA IPv4 Special-Purpose Address Registry, and multicast (RFC 5771). Loopback is told apart below. */
const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Of IPv6 only 2000::/3 is global unicast (RFC 4291); in it, these are special (IANA IPv6 registry; 3fff::/20 RFC 9637). */
const PRIVATE_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

/** Prefixes under which an IPv4 address is carried, and the bit at which it begins: its place is theirs. */
const CARRIERS: readonly (readonly [string, number, number])[] = [
  ['::ffff:0:0', 96, 96],
  ['::ffff:0:0:0', 96, 96],
  ['::', 96, 96],
  ['64:ff9b::', 96, 96],
  ['2002::', 16, 16],
];

/**
 * Where an IP address in text form leads. An address that carries another (mapped, compatible, NAT64, 6to4) is where that one is;
 * but a carried loopback is `private`: it is no way to write it. What is no address is `private`.
 */
export function egressPlace(address: string): EgressPlace {
  const v4 = parseV4(address);
  if (v4 !== null) return placeOfV4(v4);
  const v6 = parseV6(address);
  if (v6 === null) return 'private';
  if (v6 === 1n) return 'loopback';
  for (const [prefix, bits, start] of CARRIERS) {
    if (!within(v6, parsed(prefix), bits, 128)) continue;
    const carried = Number((v6 >> BigInt(96 - start)) & 0xffffffffn);
    return placeOfV4(carried) === 'public' && prefix !== '::' ? 'public' : 'private';
  }
  if (!within(v6, parsed('2000::'), 3, 128)) return 'private';
  return PRIVATE_V6.some(([prefix, bits]) => within(v6, parsed(prefix), bits, 128)) ? 'private' : 'public';
}

function placeOfV4(address: number): EgressPlace {
  if (address >>> 24 === 127) return 'loopback';
  const isPrivate = PRIVATE_V4.some(([prefix, bits]) => within(BigInt(address), BigInt(parseV4(prefix) ?? 0), bits, 32));
  return isPrivate ? 'private' : 'public';
}

function within(address: bigint, prefix: bigint, bits: number, width: number): boolean {
  const shift = BigInt(width - bits);
  return address >> shift === prefix >> shift;
}

function parsed(prefix: string): bigint {
  return parseV6(prefix) ?? 0n;
}
