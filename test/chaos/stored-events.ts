import { isTerminal, type GatewayEvent } from '#libs/contracts';
import type { Broken } from './verdict.js';

/** What the store says after quiet: the events of each session, as a reader who comes late is told them. */
export type Stored = ReadonlyMap<string, readonly GatewayEvent[]>;

export type TerminalEvent = GatewayEvent<'turn-completed'> | GatewayEvent<'turn-failed'> | GatewayEvent<'turn-cancelled'>;

/** A stored event of a turn. */
export type StoredEvent = Extract<GatewayEvent, { seq: number; turnId: string }>;

/** How often a turn may be started. */
export const MAX_ATTEMPTS = 3;

function isEnd(event: GatewayEvent): event is TerminalEvent {
  return isTerminal(event.type);
}

export function endsByTurn(stored: Stored): Map<string, TerminalEvent[]> {
  return Map.groupBy([...stored.values()].flat().filter(isEnd), ({ turnId }) => turnId);
}

/** Turns that were started again while the end of a call was not known. */
export function doubtfulTurns(events: readonly GatewayEvent[]): Set<string> {
  const open = new Map<string, string>();
  const doubtful = new Set<string>();
  for (const event of events) {
    if (event.type === 'tool-called') open.set(event.callId, event.turnId);
    if (event.type === 'tool-finished') open.delete(event.callId);
    if (event.type === 'turn-started' && [...open.values()].includes(event.turnId)) doubtful.add(event.turnId);
    if (isEnd(event) && [...open.values()].includes(event.turnId)) doubtful.add(event.turnId);
  }
  return doubtful;
}

/** Numbered without a gap; turns start in the order of acceptance, one after another, their attempts 1, 2, 3. */
export function judgeOrder(sessionId: string, events: readonly GatewayEvent[], broken: Broken): void {
  const wrong = (what: string) => broken('out of order in a session', `${sessionId}: ${what}`);
  const waiting: string[] = [];
  const attempts = new Map<string, number>();
  let running: string | null = null;
  for (const [index, event] of events.entries()) {
    if ('seq' in event && event.seq !== index + 1) wrong(`seq ${event.seq} in place ${index + 1}`);
    if (event.type === 'message-accepted') waiting.push(event.turnId);
    else if (event.type === 'turn-started') {
      if (event.turnId !== waiting[0]) wrong(`turn ${event.turnId} started before its time`);
      if (running !== null && running !== event.turnId) wrong(`turn ${event.turnId} started while ${running} ran`);
      const attempt = (attempts.get(event.turnId) ?? 0) + 1;
      if (event.attempt !== attempt || attempt > MAX_ATTEMPTS) wrong(`attempt ${event.attempt} of ${event.turnId} came as number ${attempt}`);
      attempts.set(event.turnId, attempt);
      running = event.turnId;
    } else if (isEnd(event)) {
      if (!waiting.includes(event.turnId)) wrong(`turn ${event.turnId} ended without being open`);
      if (event.type !== 'turn-cancelled' && running !== event.turnId) wrong(`turn ${event.turnId} ended without running`);
      waiting.splice(waiting.indexOf(event.turnId), 1);
      if (running === event.turnId) running = null;
    } else if ('turnId' in event && running !== event.turnId) wrong(`${event.type} of ${event.turnId} while it did not run`);
  }
}
