import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visibleText } from '#libs/contracts';
import { toBlocks } from '../../libs/console/conversation/blocks.js';
import { titleFrom } from '../../libs/console/conversation/title.js';
import { shortId } from '../../libs/console/parts/short-id.js';

describe('text from outside', () => {
  test('loses no word and keeps no control or direction character but tab and line feed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const seen = visibleText(text);
        expect(seen).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
        expect(seen.length).toBeGreaterThanOrEqual(text.replaceAll('\r\n', '\n').length);
      }),
    );
    expect(visibleText('a\tb\nc')).toBe('a\tb\nc');
    expect(visibleText('👩‍👩‍👧 עברית')).toBe('👩‍👩‍👧 עברית');
  });

  test('is split at code fences, also while the last one is still open', () => {
    expect(toBlocks('before\n```sh\nls\n```\nafter')).toEqual([
      { kind: 'prose', language: '', text: 'before' },
      { kind: 'code', language: 'sh', text: 'ls' },
      { kind: 'prose', language: '', text: 'after' },
    ]);
    expect(toBlocks('```\nstill')).toEqual([{ kind: 'code', language: '', text: 'still' }]);
    expect(toBlocks('````\n```\n````')).toEqual([{ kind: 'code', language: '', text: '```' }]);
    expect(toBlocks('no `code` here')).toEqual([{ kind: 'prose', language: '', text: 'no `code` here' }]);
    expect(toBlocks('')).toEqual([]);
    expect(toBlocks('- one\n  - nested\n  more')).toEqual([{ kind: 'prose', language: '', text: '- one\n  - nested\n  more' }]);
    expect(toBlocks('try:\n\n  /echo   answers\n  notes   lists')).toEqual([
      { kind: 'prose', language: '', text: 'try:' },
      { kind: 'columns', language: '', text: '  /echo   answers\n  notes   lists' },
    ]);
  });

  test('names a conversation by its first line, never through the middle of a letter', () => {
    expect(titleFrom('  Hello\nthere')).toBe('Hello');
    expect(titleFrom(' \n ')).toBeNull();
    expect(titleFrom([{ type: 'text', text: 'parts' }])).toBeNull();
    const long = titleFrom('😀'.repeat(100)) ?? '';
    expect(Array.from(long)).toHaveLength(60);
    expect(long.isWellFormed()).toBe(true);
  });
});

describe('an id in a list', () => {
  test('stays whole when a person chose it, and is told apart by both ends when a machine did', () => {
    expect(shortId('nightly import')).toBe('nightly import');
    expect(shortId('01a202e1-0dc3-7000-a0b3-4cef303d2faf')).toBe('…303d2faf');
    expect(shortId('oidc_vSRX1rP6w0n9ckYw2P2OxSzkGk0VHfnDQ1gfGVPo1sc')).toBe('oidc_…VPo1sc');
  });
});
