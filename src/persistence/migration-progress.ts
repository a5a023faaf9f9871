/** Up to this size a migration is over before anybody wonders. */
const LARGE_BYTES = 64 * 1024 * 1024;
const MIB = 1024 * 1024;
const TELL_AGAIN_MS = 10_000;
/** With the first, the last and what every start prints, six lines at most. */
const LINES_BETWEEN = 2;

/** Tells, in a few lines, that a large store is brought forward and how far that is. Of a small one it says nothing. */
export class MigrationProgress {
  readonly #to: number;
  readonly #tell: ((line: string) => void) | null;
  readonly #since = performance.now();
  #told = performance.now();
  #between = 0;

  /** `what` is the store, `bytes` how large it is, `from` the version of its schema. Nothing was done yet. */
  constructor(what: string, bytes: number, { from, to }: { readonly from: number; readonly to: number }, tell: (line: string) => void) {
    this.#to = to;
    this.#tell = bytes >= LARGE_BYTES ? tell : null;
    this.#tell?.(
      `Bringing ${what} (${Math.round(bytes / MIB)} MiB) from schema version ${from} to ${to}: ` +
        'this may take minutes; a start that is stopped meanwhile loses nothing',
    );
  }

  /** A step is done; the store has this version. */
  reached(version: number): void {
    const now = performance.now();
    const last = version === this.#to;
    if (!last && (now - this.#told < TELL_AGAIN_MS || this.#between === LINES_BETWEEN)) return;
    if (!last) this.#between += 1;
    this.#told = now;
    this.#tell?.(`Schema version ${version}${last ? '' : ` of ${this.#to}`} after ${Math.round((now - this.#since) / 1000)} s`);
  }
}
