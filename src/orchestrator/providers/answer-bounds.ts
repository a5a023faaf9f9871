/** An answer of the Responses API ends with an event that holds all of it once more; a whole reply has at most 1 Mi characters. */
const MAX_EVENT = 8 * 1024 * 1024;
/** The longest answers that models give have some 40 MB of small events. */
const MAX_ANSWER = 128 * 1024 * 1024;

/** What a provider may send in one answer: the library holds an event until the empty line behind it, and calls until their end. */
export class AnswerBounds {
  private total = 0;
  /** Bytes since the last empty line. */
  private open = 0;
  private tail = '';

  /** Counts the next bytes; returns why they are too many, or null. */
  take(piece: Buffer): string | null {
    this.total += piece.length;
    if (this.total > MAX_ANSWER) return `the answer is longer than ${MAX_ANSWER} bytes`;
    const text = this.tail + piece.toString('latin1');
    const end = Math.max(text.lastIndexOf('\n\n'), text.lastIndexOf('\n\r\n'), text.lastIndexOf('\r\r'));
    this.open = end < 0 ? this.open + piece.length : text.length - end;
    this.tail = text.slice(-2);
    return this.open > MAX_EVENT ? `the answer has an event longer than ${MAX_EVENT} bytes` : null;
  }
}
