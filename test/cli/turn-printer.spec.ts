import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { GatewayEvent } from '#libs/contracts';
import { table } from '../../src/cli/table.js';
import { TurnPrinter } from '../../src/cli/turn-printer.js';

const COMMON = { at: '2026-11-22T12:00:00.000Z', sessionId: 's', turnId: 't' };
const META = { agent: 'a', model: 'm', phase: null, evaluationPassed: null, queuedMs: 0, durationMs: 1, usage: { inputTokens: 1, outputTokens: 1 } };

const delta = (offset: number, text: string): GatewayEvent => ({ ...COMMON, type: 'text-delta', offset, text });
const completed = (content: string): GatewayEvent => ({ ...COMMON, type: 'turn-completed', seq: 3, messageId: 'm', content, meta: META });

/** What a reader sees of these events: stdout and stderr on one screen. */
function shown(...events: readonly GatewayEvent[]): string {
  const screen = new PassThrough({ encoding: 'utf8' });
  const printer = new TurnPrinter({ stdout: screen, stderr: screen });
  for (const event of events) printer.print(event);
  return String(screen.read());
}

describe('what is printed of an answer', () => {
  it('is its text as it comes, and what is missing at the end', () => {
    expect(shown(delta(0, 'one '), delta(4, 'two'), completed('one two three'))).toBe('one two three\n');
  });

  it('is not printed again when a join tells what was said so far, whole or in part', () => {
    expect(shown(delta(0, 'one'), delta(0, 'one'), delta(3, ' two'), completed('one two'))).toBe('one two\n');
    expect(shown(delta(0, 'one'), delta(3, ' two'), delta(0, 'one'), delta(3, ' two'), completed('one two'))).toBe('one two\n');
    expect(shown(delta(0, 'one'), delta(0, 'one two'), completed('one two'))).toBe('one two\n');
  });

  it('goes on without a word when another attempt says the same', () => {
    expect(shown(delta(0, 'one'), delta(3, ' two'), delta(0, 'o'), delta(1, 'ne'), delta(3, ' two three'), completed('one two three'))).toBe('one two three\n');
  });

  it('is told anew when another attempt says something else', () => {
    expect(shown(delta(0, 'one'), delta(3, ' two'), delta(0, 'one'), delta(3, ' three'), completed('one three'))).toBe('one two\n· starting again\none three\n');
    expect(shown(delta(0, 'one'), delta(3, ' two'), completed('one'))).toBe('one two\n· starting again\none\n');
  });

  it('is the whole answer where a piece of it was not heard', () => {
    expect(shown(delta(0, 'one'), delta(7, ' three'), completed('one two three'))).toBe('one three\n· starting again\none two three\n');
  });
});

describe('what would command a terminal', () => {
  const said = '\u001b]0;owned\u0007plain';

  it('is shown as signs at one, and left as it is in a pipe', () => {
    for (const [isTTY, seen] of [[true, '␛]0;owned␇plain\n'], [false, `${said}\n`]] as const) {
      const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
      const printer = new TurnPrinter({ stdout, stderr: new PassThrough() });
      printer.print(completed(said));
      expect(String(stdout.read())).toBe(seen);
    }
  });

  it('is shown as signs in notes and tables, which are for people', () => {
    const stderr = new PassThrough({ encoding: 'utf8' });
    new TurnPrinter({ stdout: new PassThrough(), stderr }).note(said);
    expect(String(stderr.read())).toBe('␛]0;owned␇plain\n');
    expect(table(['ID', 'TITLE'], [['1', 'red \u001b[31m\nand on']])).toBe('ID  TITLE\n1   red ␛[31m and on\n');
  });
});
