import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../config/make-folder.js';

const FILE = 'unready-starts.json';
/** So many starts that died before they were ready, in so much time, are a loop. */
const DEATHS = 3;
export const WITHIN_MS = 300_000;
const KEPT = 10;

const FileSchema = z.array(z.number().int().nonnegative()).max(1000);

/**
 * The starts that have not become ready, in a file of the data folder (times in ms since the epoch). A start is written down before
 * anything else is done and taken out once it is ready, so what a later start finds there died. A folder that cannot be written keeps no
 * record, and then there is no loop to see.
 */
export class StartRecord {
  readonly #file: string;
  #died: readonly number[];
  #own: number | null = null;

  private constructor(folder: string, now: number) {
    this.#file = join(folder, FILE);
    this.#died = read(this.#file).filter((at) => at <= now && now - at < WITHIN_MS);
  }

  /** Writes this start down, unless earlier ones are a loop: then it will not do what they died of. */
  static begin(folder: string, now: number): StartRecord {
    const record = new StartRecord(folder, now);
    if (!record.looping) record.again(now);
    return record;
  }

  /** When the starts began that died before they were ready, of the last five minutes. */
  get died(): readonly number[] {
    return this.#died;
  }

  get looping(): boolean {
    return this.#died.length >= DEATHS;
  }

  /** What follows may end the process as it ended earlier ones. */
  again(now: number): void {
    this.#own = now;
    write(this.#file, [...this.#died, now].slice(-KEPT));
  }

  /** The gateway is ready: what died before it does not count any more. */
  ready(): void {
    this.#own = null;
    this.#died = [];
    write(this.#file, []);
  }

  /** It ends on purpose: somebody stopped it, or a setting is wrong and it said so. */
  withdraw(): void {
    if (this.#own === null) return;
    this.#own = null;
    write(this.#file, this.#died);
  }
}

function read(file: string): readonly number[] {
  try {
    return FileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? [];
  } catch {
    return [];
  }
}

function write(file: string, starts: readonly number[]): void {
  try {
    if (starts.length === 0) {
      rmSync(file, { force: true });
      return;
    }
    makeFolder(join(file, '..'));
    writeFileSync(`${file}.new`, JSON.stringify(starts), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    return;
  }
}
