import { beforeEach, describe, expect, it } from 'vitest';
import { Hub } from '../../src/gateway/hub.js';
import type { EventFrame } from '#libs/ports';
import { Listener } from '../support/listener.js';

const ONE = 'session-one';
const OTHER = 'session-other';

function frame(type: EventFrame['type'], sessionId: string, turnId: string, seq: number): EventFrame {
  return { type, sessionId, turnId, seq, json: JSON.stringify({ type, seq }) };
}

describe('who listens to which session', () => {
  let hub: Hub;
  let listener: Listener;
  beforeEach(() => {
    hub = new Hub();
    listener = new Listener();
  });

  function turnOf(subscriber: Listener, sessionId: string, turnId: string, seq: number): void {
    hub.subscribe(subscriber, sessionId).followTurn(turnId);
    hub.publish(frame('turn-started', sessionId, turnId, seq));
    hub.publish(frame('turn-completed', sessionId, turnId, seq + 1));
  }

  it('hears nothing of a session when its turn has ended', () => {
    turnOf(listener, ONE, 'turn-1', 2);
    hub.publish(frame('turn-started', ONE, 'turn-of-somebody', 5));
    expect(listener.seqs).toEqual([2, 3]);
    expect([hub.hears(ONE), hub.find(listener, ONE), hub.sessionsOf(listener)]).toEqual([false, undefined, 0]);
  });

  it('hears its next turns, in the same session and in others', () => {
    turnOf(listener, ONE, 'turn-1', 2);
    turnOf(listener, ONE, 'turn-2', 5);
    turnOf(listener, OTHER, 'turn-3', 2);
    turnOf(listener, ONE, 'turn-4', 8);
    expect(listener.seqs).toEqual([2, 3, 5, 6, 2, 3, 8, 9]);
    expect(hub.sessionsOf(listener)).toBe(0);
  });

  it('counts what is joined and what runs', () => {
    turnOf(listener, ONE, 'turn-1', 2);
    hub.subscribe(listener, OTHER).joined = true;
    expect([hub.sessionsOf(listener), hub.joinedBy(listener), hub.hears(OTHER)]).toEqual([1, 1, true]);
    hub.subscribe(listener, ONE).followTurn('turn-2');
    expect([hub.sessionsOf(listener), hub.joinedBy(listener), hub.hears(ONE)]).toEqual([2, 1, true]);
    hub.publish(frame('turn-completed', ONE, 'turn-2', 6));
    expect([hub.sessionsOf(listener), hub.find(listener, OTHER)?.joined]).toEqual([1, true]);
  });

  it('asks nobody to catch up who hears nothing', () => {
    const asked: string[] = [];
    hub.catchUp = ({ sessionId }) => asked.push(sessionId);
    turnOf(listener, ONE, 'turn-1', 2);
    hub.doubt(ONE);
    expect(asked).toEqual([]);
    hub.subscribe(listener, ONE).followTurn('turn-2');
    hub.doubt(ONE);
    expect(asked).toEqual([ONE]);
  });

  it('forgets who is gone and what is deleted', () => {
    const other = new Listener();
    for (const subscriber of [listener, other]) hub.subscribe(subscriber, ONE).joined = true;
    hub.subscribe(listener, OTHER).joined = true;
    hub.forget(listener);
    expect([hub.sessionsOf(listener), hub.hears(OTHER), hub.hears(ONE)]).toEqual([0, false, true]);
    hub.forgetSession(ONE);
    expect([hub.sessionsOf(other), hub.hears(ONE)]).toEqual([0, false]);
  });
});
