import type { GatewayEvent } from '#libs/contracts';
import type { Streams } from './command-line.js';

const SHOWN_LENGTH = 200;

/** Prints what a turn does: its text to stdout as it comes, tool calls and ends that are none to stderr. */
export class TurnPrinter {
  /** UTF-16 length of what was printed of each turn. */
  readonly #printed = new Map<string, number>();
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
    this.streams.stderr.write(`${text}\n`);
  }

  #text({ turnId, offset, text }: GatewayEvent<'text-delta'>): void {
    const printed = this.#printed.get(turnId) ?? 0;
    if (offset < printed && text.length > 0 && offset + text.length <= printed) {
      this.#again(turnId, offset, text);
      return;
    }
    this.#write(offset < printed ? text.slice(printed - offset) : text);
    this.#printed.set(turnId, offset + text.length);
  }

  /** A later attempt began anew, and may say something else. */
  #again(turnId: string, offset: number, text: string): void {
    if (offset > 0) return;
    this.note('· starting again');
    this.#write(text);
    this.#printed.set(turnId, text.length);
  }

  #completed({ turnId, content }: GatewayEvent<'turn-completed'>): void {
    this.#write(content.slice(this.#printed.get(turnId) ?? 0));
    this.#printed.delete(turnId);
    this.#endLine();
  }

  #ended(turnId: string, why: string): void {
    this.#printed.delete(turnId);
    this.#endLine();
    this.streams.stderr.write(`${why}\n`);
  }

  #write(text: string): void {
    if (text === '') return;
    this.streams.stdout.write(text);
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
