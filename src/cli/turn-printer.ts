import { visibleText, type GatewayEvent } from '#libs/contracts';
import type { Streams } from './command-line.js';

const SHOWN_LENGTH = 200;

/** What the attempt that runs has said of a turn, and what stands before the reader: the same but while an attempt catches up. */
interface Told {
  readonly said: string;
  readonly shown: string;
}

const NOTHING: Told = { said: '', shown: '' };

/**
 * Prints what a turn does: its text to stdout as it comes, tool calls and ends that are none to stderr. Text that is told again (after a join, a
 * lost connection, a crash) is not printed again; where another attempt says something else, the reader is told and it is printed anew.
 * What would command a terminal is shown as signs; a pipe gets the text as it is.
 */
export class TurnPrinter {
  readonly #turns = new Map<string, Told>();
  #midLine = false;

  constructor(
    private readonly streams: Pick<Streams, 'stdout' | 'stderr'>,
    private readonly notes = true,
  ) {}

  print(event: GatewayEvent): void {
    if (event.type === 'text-delta') this.#text(event);
    else if (event.type === 'tool-called') this.note(`· ${event.skill} ${short(event.input)}`);
    else if (event.type === 'tool-finished') this.note(`· ${event.outcome === 'ok' ? short(event.output) : `${event.outcome}: ${short(event.output)}`}`);
    else if (event.type === 'turn-completed') this.#completed(event);
    else if (event.type === 'turn-failed') this.#ended(event.turnId, `The turn failed: ${event.error.detail} (${event.error.code})`);
    else if (event.type === 'turn-cancelled') this.#ended(event.turnId, 'The turn was stopped.');
  }

  /** A line for the reader that is no part of an answer. */
  note(text: string): void {
    if (!this.notes) return;
    this.#endLine();
    this.streams.stderr.write(`${visibleText(text)}\n`);
  }

  #text({ turnId, offset, text }: GatewayEvent<'text-delta'>): void {
    const { said: before, shown } = this.#turns.get(turnId) ?? NOTHING;
    const said = before.slice(0, offset) + text;
    const goesOn = before === shown && offset === before.length;
    if (!goesOn && shown.startsWith(said)) {
      this.#turns.set(turnId, { said, shown });
      return;
    }
    if (goesOn) this.#write(text);
    else this.#bringTo(said, shown);
    this.#turns.set(turnId, { said, shown: said });
  }

  #bringTo(said: string, shown: string): void {
    const adds = said.startsWith(shown);
    if (!adds) this.note('· starting again');
    this.#write(adds ? said.slice(shown.length) : said);
  }

  #completed({ turnId, content }: GatewayEvent<'turn-completed'>): void {
    this.#bringTo(content, this.#turns.get(turnId)?.shown ?? '');
    this.#turns.delete(turnId);
    this.#endLine();
  }

  #ended(turnId: string, why: string): void {
    this.#turns.delete(turnId);
    this.#endLine();
    this.streams.stderr.write(`${visibleText(why)}\n`);
  }

  #write(text: string): void {
    if (text === '') return;
    const { stdout } = this.streams;
    stdout.write(stdout.isTTY === true ? visibleText(text) : text);
    this.#midLine = !text.endsWith('\n');
  }

  #endLine(): void {
    if (this.#midLine) this.streams.stdout.write('\n');
    this.#midLine = false;
  }
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
