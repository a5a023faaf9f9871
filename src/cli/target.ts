import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParleyClient, ParleySocket } from '#libs/client';
import type { Environment } from './environment.js';
import { UsageError } from './usage-error.js';

const CREDENTIAL_FILE = 'cli-credential';
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** What a header can carry as it is. */
const PRINTABLE = /^[\x20-\x7e]*$/;
const CONNECT_WITHIN_MS = 10_000;

/** The gateway that a command speaks to, and as whom. */
export class Target {
  readonly url: string;
  readonly #apiKey: string | undefined;

  constructor(given: { readonly url?: string | undefined; readonly key?: string | undefined }, environment: Environment) {
    const url = given.url ?? environment.url ?? environment.localUrl;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new UsageError(`not an http address: ${url}`);
    const { username, password, hostname } = new URL(url);
    if (username !== '' || password !== '') throw new UsageError('an address holds no name and no password; give the key by --key or PARLEY_API_KEY');
    this.url = url.replace(/\/+$/, '');
    this.#apiKey = given.key ?? environment.apiKey ?? localCredential(hostname, environment.dataDir);
    if (this.#apiKey !== undefined && !PRINTABLE.test(this.#apiKey)) throw new UsageError('a key is plain ASCII on one line');
  }

  client(): ParleyClient {
    return new ParleyClient({ url: this.url, ...(this.#apiKey === undefined ? {} : { apiKey: this.#apiKey }) });
  }

  /** A socket to the gateway; throws `UnreachableError` at once when nobody answers there. */
  async socket(): Promise<ParleySocket> {
    await this.client().health();
    const credential = this.#apiKey === undefined ? null : { apiKey: this.#apiKey };
    return new ParleySocket({ url: this.url, credential, connectWithinMs: CONNECT_WITHIN_MS });
  }
}

/** The credential of the local gateway; never for another machine. */
function localCredential(hostname: string, dataDir: string): string | undefined {
  if (!LOOPBACK.has(hostname)) return undefined;
  try {
    return readFileSync(join(dataDir, CREDENTIAL_FILE), 'utf8').trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return undefined;
    throw error;
  }
}
