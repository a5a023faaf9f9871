import { describe, expect, it } from 'vitest';
import { parseJson } from '#libs/channel-sdk';

const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;

describe('JSON from outside', () => {
  it('may be nested 64 levels deep and no deeper', () => {
    for (const [open, close] of [['[', ']'], ['{"a":', '}'], ['[{"a":', '}]']] as const) {
      const levels = open.startsWith('[{') ? 2 : 1;
      expect(parseJson(nested(64 / levels, open, close)).ok).toBe(true);
      expect(parseJson(nested(64 / levels + 1, open, close)).ok).toBe(false);
    }
  });

  it('may open as often as it likes beside and inside its texts', () => {
    expect(parseJson(`[${'[],{},'.repeat(200)}"${'[{'.repeat(200)}"]`).ok).toBe(true);
  });
});
