import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Conversation } from '../../libs/console/conversation/conversation.js';
import type { StoredEvent } from '../../libs/console/conversation/transcript.js';

const SESSION = '01a201ef-3ce2-7734-8c01-bf74596e8ebc';
const AT = '2026-01-01T00:00:00.000Z';
const AUTHOR = { kind: 'key', id: 'k' } as const;
const META = { agent: 'a', model: 'm', phase: null, evaluationPassed: null, queuedMs: 0, durationMs: 1, usage: { inputTokens: 1, outputTokens: 1 } };

const turnId = (turn: number): string => `turn-${turn}`;

/** The stored events of `count` finished turns, four each. */
function storedEvents(count: number): StoredEvent[] {
  return Array.from({ length: count }, (_none, turn): StoredEvent[] => {
    const base = { at: AT, sessionId: SESSION, turnId: turnId(turn) };
    const seq = turn * 4;
    const messageId = `message-${turn}`;
    return [
      { ...base, type: 'message-accepted', seq: seq + 1, messageId, channel: 'http', author: AUTHOR, content: `say ${turn}` },
      { ...base, type: 'turn-started', seq: seq + 2, messageId, agent: 'a', attempt: 1 },
      { ...base, type: 'tool-called', seq: seq + 3, callId: 'c', skill: 's', input: turn },
      { ...base, type: 'turn-completed', seq: seq + 4, messageId, content: `said ${turn}`, meta: META },
    ];
  }).flat();
}

function whole(events: readonly StoredEvent[]): Conversation {
  const conversation = new Conversation(SESSION, 0);
  for (const event of events) conversation.takeStored(event);
  return conversation;
}

describe('a conversation', () => {
  test('is the same however often events come again', () => {
    const events = storedEvents(5);
    const expected = whole(events).transcript;
    fc.assert(
      fc.property(fc.array(fc.nat(events.length - 1), { maxLength: 30 }), (repeats) => {
        const conversation = new Conversation(SESSION, 0);
        for (const [index, event] of events.entries()) {
          conversation.takeStored(event);
          for (const repeat of repeats) {
            const again = events[repeat];
            if (again !== undefined && repeat <= index) expect(conversation.takeStored(again)).toBe('known');
          }
        }
        expect(conversation.transcript).toEqual(expected);
      }),
    );
  });

  test('says when events are missing and does not take what comes behind them', () => {
    const events = storedEvents(2);
    const conversation = whole(events.slice(0, 3));
    const [later] = events.slice(5);
    if (later === undefined) throw new Error('too few events');
    expect(conversation.takeStored(later)).toBe('gap');
    expect(conversation.transcript.lastSeq).toBe(3);
  });

  test('read from the middle and completed backwards is the same as read from the start', () => {
    const events = storedEvents(6);
    fc.assert(
      fc.property(fc.nat(events.length - 1), fc.nat(events.length - 1), (one, other) => {
        const [first, second] = [Math.min(one, other), Math.max(one, other)];
        const conversation = new Conversation(SESSION, second);
        for (const event of events.slice(second)) conversation.takeStored(event);
        conversation.prepend(events.slice(first, second));
        conversation.prepend(events.slice(0, first));
        expect(conversation.transcript).toEqual(whole(events).transcript);
        expect(conversation.before).toBe(0);
      }),
    );
  });

  test('streamed text is what was last written at each place, and a hole waits for the text that fills it', () => {
    const conversation = whole(storedEvents(1).slice(0, 2));
    const delta = (offset: number, text: string) =>
      conversation.takeDelta({ type: 'text-delta', at: AT, sessionId: SESSION, turnId: turnId(0), offset, text });
    const text = () => conversation.transcript.turns[0]?.text;
    delta(0, 'Hello');
    delta(5, ', world');
    expect(text()).toBe('Hello, world');
    delta(20, 'too far');
    expect(text()).toBe('Hello, world');
    delta(7, 'you');
    expect(text()).toBe('Hello, you');
    delta(0, 'Again');
    expect(text()).toBe('Again');
  });

  test('keeps the text that streams while older events come in, and lets the end of the turn decide', () => {
    const events = storedEvents(2);
    const conversation = new Conversation(SESSION, 4);
    for (const event of events.slice(4, 6)) conversation.takeStored(event);
    conversation.takeDelta({ type: 'text-delta', at: AT, sessionId: SESSION, turnId: turnId(1), offset: 0, text: 'streams' });
    conversation.prepend(events.slice(0, 4));
    expect(conversation.transcript.turns.map((turn) => turn.text)).toEqual(['said 0', 'streams']);
    for (const event of events.slice(6)) conversation.takeStored(event);
    conversation.takeDelta({ type: 'text-delta', at: AT, sessionId: SESSION, turnId: turnId(1), offset: 0, text: 'late' });
    expect(conversation.transcript.turns.map((turn) => turn.text)).toEqual(['said 0', 'said 1']);
  });
});
