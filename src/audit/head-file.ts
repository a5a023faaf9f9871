import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AuditHead } from '#libs/ports';

const HeadSchema = z.object({ seq: z.int().nonnegative(), hash: z.string(), mac: z.string() });

/** The last head that this process knows, outside the store: the file `audit-head` in DATA_DIR (mode 0600), replaced in one step. */
export class HeadFile {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'audit-head');
  }

  /** Null when there is none; `unreadable` when it holds something else than a head. */
  async read(): Promise<AuditHead | null | 'unreadable'> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
    const parsed = HeadSchema.safeParse(parse(text));
    return parsed.success ? parsed.data : 'unreadable';
  }

  /** On disk when it resolves. */
  async write(head: AuditHead): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const fresh = `${this.#path}.new`;
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(head)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.#path);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
