import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/**
 * Where a request came from: the address of the connection or, behind proxies that are trusted (addresses or CIDR ranges), the nearest
 * address of `X-Forwarded-For` that is not one of them. What a stranger writes into that header is never believed.
 */
export function peerAddress({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: readonly string[]): string {
  const peer = plain(socket.remoteAddress ?? '');
  if (trustedProxies.length === 0) return peer;
  const trusted = listOf(trustedProxies);
  const header = headers['x-forwarded-for'] ?? '';
  const hops = (typeof header === 'string' ? header : header.join(',')).split(',').map((hop) => plain(hop.trim()));
  let address = peer;
  while (isIn(trusted, address)) {
    const next = hops.pop();
    if (next === undefined || isIP(next) === 0) break;
    address = next;
  }
  return address;
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 address as it is written outside of IPv6. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
