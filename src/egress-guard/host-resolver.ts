import { lookup } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a host name, as the system resolves it; rejects as `dns.lookup` does. */
@Injectable()
export class HostResolver {
  resolve(hostname: string): Promise<readonly ResolvedAddress[]> {
    return lookup(hostname, { all: true });
  }
}
