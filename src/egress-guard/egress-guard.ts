import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { egressPlace } from '#libs/policy';
import { Config } from '../config/config.js';
import { EgressRefusedError } from './egress-refused-error.js';
import { HostResolver } from './host-resolver.js';

const MAX_URL_LENGTH = 2048;
/** Of an answer's body so much is read before the connection is cut. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

export interface GuardedPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the call, wherever it is. */
  readonly signal: AbortSignal;
}

export interface GuardedGet {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** More than so many bytes end the call with `EgressRefusedError`. */
  readonly maxBytes: number;
  /** Ends the call, wherever it is. */
  readonly signal: AbortSignal;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Lets calls out to public addresses only; to loopback too when ALLOW_LOOPBACK_EGRESS is set. */
@Injectable()
export class EgressGuard {
  constructor(
    private readonly config: Config,
    private readonly resolver: HostResolver,
  ) {}

  /** Why the URL can never be called, seen by its text alone; null when that depends on where its name leads. */
  refusalOf(text: string): string | null {
    if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) return 'is not a URL';
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
    const host = hostOf(url);
    if (isIP(host) !== 0 && !this.isAllowed(host)) return 'is not a public address';
    if (url.protocol === 'https:') return null;
    const local = url.protocol === 'http:' && this.config.settings.ALLOW_LOOPBACK_EGRESS && (host === 'localhost' || egressPlace(host) === 'loopback');
    return local ? null : 'must begin with https://';
  }

  /**
   * Posts once; the answer's status counts, whatever its body. Redirects are not followed. The name is resolved once, all of its
   * addresses are checked, and only those are connected to. Throws `EgressRefusedError` when it must not be called, else what the
   * connection throws.
   */
  async post({ url, headers, body, signal }: GuardedPost): Promise<GuardedAnswer> {
    const bytes = Buffer.from(body);
    const options = { method: 'POST', headers: { ...headers, 'content-length': String(bytes.length) }, signal };
    return this.call(url, options, bytes, async (response) => {
      await readAway(response);
      return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
    });
  }

  /** Gets once, on the same terms; the body is the whole answer. */
  async get({ url, headers, maxBytes, signal }: GuardedGet): Promise<{ readonly status: number; readonly body: Buffer }> {
    return this.call(url, { method: 'GET', headers, signal }, null, async (response) => ({
      status: response.statusCode ?? 0,
      body: await readWhole(response, maxBytes),
    }));
  }

  private async call<Answer>(
    text: string,
    options: RequestOptions,
    body: Buffer | null,
    read: (response: IncomingMessage) => Promise<Answer>,
  ): Promise<Answer> {
    const refusal = this.refusalOf(text);
    if (refusal !== null) throw new EgressRefusedError(`the address ${refusal}`);
    const url = new URL(text);
    // A connection of its own: a pooled one may lead where the name led before.
    const guarded: RequestOptions = { ...options, agent: false, lookup: this.lookup, maxHeaderSize: MAX_HEADER_BYTES };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = url.protocol === 'https:' ? httpsRequest(url, guarded) : httpRequest(url, guarded);
    request.on('error', reject);
    request.on('response', (response) => {
      response.on('error', reject);
      read(response).then(resolve, reject);
    });
    request.end(body ?? undefined);
    return promise;
  }

  private readonly lookup: LookupFunction = (hostname, { all }, callback) => {
    this.resolver.resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined || !addresses.every(({ address }) => this.isAllowed(address))) {
          callback(new EgressRefusedError('the name of the address does not lead to a public address'), '');
        } else if (all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };

  private isAllowed(address: string): boolean {
    const place = egressPlace(address);
    return place === 'public' || (place === 'loopback' && this.config.settings.ALLOW_LOOPBACK_EGRESS);
  }
}

/** Resolves when the body is over or was too long; what it says is nobody's business. */
async function readAway(response: IncomingMessage): Promise<void> {
  let size = 0;
  for await (const chunk of response) {
    size += Buffer.isBuffer(chunk) ? chunk.length : 0;
    if (size > MAX_BODY_BYTES) break;
  }
  response.destroy();
}

async function readWhole(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxBytes) {
      response.destroy();
      throw new EgressRefusedError(`the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** As `net` takes it: IPv6 without brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
