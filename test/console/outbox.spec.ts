import { describe, expect, test } from 'vitest';
import { Outbox, type PendingMessage } from '../../libs/console/conversation/outbox.js';

/** What a browser's tab keeps. */
function tab() {
  const kept = new Map<string, string>();
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
}

const message = (id: string, more: Partial<PendingMessage> = {}): PendingMessage => ({ id, sessionId: null, draft: 'd', content: `say ${id}`, refusal: null, ...more });
const ids = ({ messages }: Outbox) => messages.map(({ id }) => id);

describe('what was typed and is not sent', () => {
  test('is there in the order of typing when the page is loaded anew', () => {
    const storage = tab();
    const outbox = new Outbox(storage);
    outbox.writtenBy('default key ada');
    for (const id of ['a', 'b']) outbox.add(message(id));
    const anew = new Outbox(storage);
    anew.writtenBy('default key ada');
    expect(ids(anew)).toEqual(['a', 'b']);
  });

  test('is not said in the name of somebody else who signs in there', () => {
    const storage = tab();
    const outbox = new Outbox(storage);
    outbox.writtenBy('default key ada');
    outbox.add(message('a'));
    outbox.writtenBy('default key bob');
    expect(ids(outbox)).toEqual([]);
    expect(ids(new Outbox(storage))).toEqual([]);
  });

  test('goes into the session that its conversation became', () => {
    const outbox = new Outbox(tab());
    outbox.add(message('a'));
    outbox.add(message('b', { draft: 'other' }));
    outbox.bind('d', 's');
    expect(outbox.messages.map(({ sessionId, draft }) => [sessionId, draft])).toEqual([['s', null], [null, 'other']]);
  });

  test('is twenty messages at most', () => {
    const outbox = new Outbox(tab());
    const added = Array.from({ length: 21 }, (_none, index) => outbox.add(message(String(index))));
    expect(added.filter((one) => one)).toHaveLength(20);
    expect(outbox.messages).toHaveLength(20);
  });

  test.each(['', '{', '{"a":1}', '[1, null, {"id": 5}]'])('is nothing when what the tab kept makes no sense: %s', (text) => {
    const storage = tab();
    storage.setItem('parley.outbox', text);
    expect(ids(new Outbox(storage))).toEqual([]);
  });
});
