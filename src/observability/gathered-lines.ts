/** Lines that wait are written at the latest when they are so long together, in UTF-16 units. */
const LONGEST = 65_536;

const WAITING = new Set<GatheredLines>();
let endsWatched = false;

/**
 * Lines of a busy road, written together: what comes within one turn of the event loop is one write, at its end. A process that ends by
 * itself or by an error that nobody caught writes what waits; one that is killed at once loses the lines of that turn of the loop.
 */
export class GatheredLines {
  #text = '';
  readonly #flush = () => this.flush();

  constructor(private readonly stream: { write(lines: string): void }) {}

  /** `line` ends in a newline. */
  add(line: string): void {
    if (this.#text === '') {
      watchEnds();
      WAITING.add(this);
      setImmediate(this.#flush);
    }
    this.#text += line;
    if (this.#text.length >= LONGEST) this.flush();
  }

  flush(): void {
    if (this.#text === '') return;
    const lines = this.#text;
    this.#text = '';
    WAITING.delete(this);
    this.stream.write(lines);
  }
}

function watchEnds(): void {
  if (endsWatched) return;
  endsWatched = true;
  process.once('exit', () => {
    for (const lines of WAITING) lines.flush();
  });
}
