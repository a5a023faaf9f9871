import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file of the documents as it goes out: whole, and compressed. */
export interface ServedFile {
  readonly body: Buffer;
  readonly gzip: Buffer;
  readonly contentType: string;
  /** Strong, of the uncompressed bytes, with its quotation marks (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

const compress = promisify(gzip);

export async function toServedFile(body: Buffer, contentType: string): Promise<ServedFile> {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, gzip: await compress(body), contentType, etag };
}
