/** The expression cannot be worked out; the message says why, for people. */
export class ArithmeticError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArithmeticError';
  }
}

const MAX_LENGTH = 1024;
const MAX_DEPTH = 64;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SIGNS: Readonly<Record<string, string>> = { '×': '*', '·': '*', '÷': '/', '−': '-', ':': '/' };

/**
 * Works out `+ - * / % ^` with brackets and signs, in the usual order: `^` binds tightest and to the right, `%` is the remainder.
 * The result is rounded to 15 significant digits, so 0.1 + 0.2 is 0.3. Throws `ArithmeticError`.
 */
export function evaluate(expression: string): number {
  if (expression.length > MAX_LENGTH) throw new ArithmeticError(`longer than ${MAX_LENGTH} characters`);
  const parser = new Parser(expression);
  const value = parser.sum(0);
  parser.expectEnd();
  if (Number.isNaN(value)) throw new ArithmeticError('the result is not a number');
  if (!Number.isFinite(value)) throw new ArithmeticError('the result is too large');
  return Number(value.toPrecision(15));
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  sum(depth: number): number {
    let value = this.product(depth);
    for (let sign = this.accept('+-'); sign !== null; sign = this.accept('+-')) {
      const right = this.product(depth);
      value = sign === '+' ? value + right : value - right;
    }
    return value;
  }

  expectEnd(): void {
    const next = this.peek();
    if (next !== '') throw new ArithmeticError(`"${next}" was not expected at position ${this.at + 1}`);
  }

  private product(depth: number): number {
    let value = this.signed(depth);
    for (let sign = this.accept('*/%'); sign !== null; sign = this.accept('*/%')) {
      const right = this.signed(depth);
      if (sign !== '*' && right === 0) throw new ArithmeticError('division by zero');
      if (sign === '*') value *= right;
      else if (sign === '/') value /= right;
      else value %= right;
    }
    return value;
  }

  private signed(depth: number): number {
    if (depth > MAX_DEPTH) throw new ArithmeticError(`nested deeper than ${MAX_DEPTH}`);
    const sign = this.accept('+-');
    if (sign === null) return this.power(depth);
    const value = this.signed(depth + 1);
    return sign === '-' ? -value : value;
  }

  private power(depth: number): number {
    const base = this.atom(depth);
    return this.accept('^') === null ? base : base ** this.signed(depth + 1);
  }

  private atom(depth: number): number {
    if (this.accept('(') !== null) {
      const value = this.sum(depth + 1);
      if (this.accept(')') === null) throw new ArithmeticError('a bracket is not closed');
      return value;
    }
    this.peek();
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) throw new ArithmeticError(this.at >= this.text.length ? 'it ends too early' : `no number at position ${this.at + 1}`);
    this.at = NUMBER.lastIndex;
    return Number(found[0]);
  }

  private accept(signs: string): string | null {
    const next = this.peek();
    if (next === '' || !signs.includes(next)) return null;
    this.at += 1;
    return next;
  }

  private peek(): string {
    while (/\s/.test(this.text.charAt(this.at))) this.at += 1;
    const next = this.text.charAt(this.at);
    return SIGNS[next] ?? next;
  }
}
