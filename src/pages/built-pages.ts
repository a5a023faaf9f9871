import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, relative, sep } from 'node:path';
import { Injectable } from '@nestjs/common';

/** A file of the built page as it goes out. */
export interface BuiltFile {
  readonly body: Buffer;
  /** The same, compressed when it was built; null when it was not. */
  readonly gzip: Buffer | null;
  readonly contentType: string;
  /** Strong, of the uncompressed bytes, with its quotation marks (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const GZIP = '.gz';

/**
 * The files that the build of libs/console left, read whole at the first request. Only names found there then can be asked for,
 * so no name leads out of the folder.
 */
@Injectable()
export class BuiltPages {
  private files: Promise<ReadonlyMap<string, BuiltFile>> | null = null;

  /** The file of this name, with `/` between folders; null when the build has none, or there is no build. */
  async find(name: string): Promise<BuiltFile | null> {
    const folder = join(repositoryRoot(), 'dist', 'console');
    if (this.files === null && !existsSync(folder)) return null;
    this.files ??= readAll(folder);
    try {
      return (await this.files).get(name) ?? null;
    } catch (error) {
      this.files = null;
      throw error;
    }
  }
}

async function readAll(folder: string): Promise<ReadonlyMap<string, BuiltFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const bodies = new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
  const files = new Map<string, BuiltFile>();
  for (const [path, body] of bodies) {
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType === undefined) continue;
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    files.set(relative(folder, path).replaceAll(sep, '/'), { body, gzip: bodies.get(path + GZIP) ?? null, contentType, etag });
  }
  return files;
}

/** The folder of package.json: the same seen from `src` and from `dist/src`. */
function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
