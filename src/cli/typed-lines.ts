import { createInterface, type Interface } from 'node:readline';
import type { Streams } from './command-line.js';

const PROMPT = '› ';
/** Bracketed paste: the terminal then says where a paste begins and ends. */
const MARK_PASTES = '\u001b[?2004h';
const MARK_NO_PASTES = '\u001b[?2004l';

/** What comes from a person or a pipe, line by line. At a terminal a pasted text of several lines is one, and goes with the Enter behind it. */
export class TypedLines implements AsyncIterable<string> {
  readonly #lines: Interface;
  /** For each line that was not read yet: whether the text goes on behind it. */
  readonly #goesOn: boolean[] = [];
  #pasting = false;

  /** Prompts, echo and line editing go to stderr. */
  constructor(
    { stdin, stderr }: Streams,
    private readonly atTerminal: boolean,
  ) {
    this.#lines = createInterface({ input: stdin, output: stderr, terminal: atTerminal, prompt: PROMPT });
    this.#lines.on('line', () => this.#goesOn.push(this.#pasting));
    if (!atTerminal) return;
    stderr.write(MARK_PASTES);
    this.#lines.once('close', () => stderr.write(MARK_NO_PASTES));
    stdin.on('keypress', (_text: unknown, { name }: { name?: string }) => {
      if (name === 'paste-start' || name === 'paste-end') this.#pasting = name === 'paste-start';
    });
  }

  onInterrupt(listener: () => void): void {
    this.#lines.on('SIGINT', listener);
  }

  /** Calls it with each line of its own as soon as that is typed, whatever the reader of the lines is at. */
  onTyped(listener: (line: string) => void): void {
    let goesOn = false;
    this.#lines.on('line', (line) => {
      if (!goesOn && !this.#pasting) listener(line);
      goesOn = this.#pasting;
    });
  }

  /** Asks for the next line, at a terminal. */
  prompt(): void {
    if (this.atTerminal) this.#lines.prompt();
  }

  /** What was typed before is still read. */
  close(): void {
    this.#lines.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    let text = '';
    for await (const line of this.#lines) {
      text += line;
      if (this.#goesOn.shift() === true) text += '\n';
      else {
        yield text;
        text = '';
      }
    }
  }
}
