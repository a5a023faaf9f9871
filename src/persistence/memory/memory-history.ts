import type { Message, Page } from '#libs/contracts';
import {
  History,
  reaches,
  type BadCursor,
  type HistoryBounds,
  type PageRequest,
  type Reach,
  type StoredFrame,
  type TurnRecord,
  type Utterance,
} from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { toMessage } from '../to-message.js';
import { toUtterance } from '../to-utterance.js';
import type { MemoryState, StoredSession, StoredTurn } from './memory-state.js';
import { requestOf, traceOf } from '../turn-context.js';

/** The past of sessions in memory. */
export class MemoryHistory extends History {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    super();
    this.#state = state;
  }

  override async bounds(sessionId: string, reach: Reach): Promise<HistoryBounds | null> {
    const session = this.#reached(sessionId, reach);
    return session === null ? null : { firstSeq: session.firstSeq, lastSeq: session.lastSeq };
  }

  override async events(sessionId: string, after: number, limit: number): Promise<readonly StoredFrame[]> {
    const session = this.#state.sessions.get(sessionId);
    if (session === undefined) return [];
    const from = Math.max(0, after + 1 - session.firstSeq);
    return session.events.slice(from, from + limit);
  }

  override async turnEvents(turnId: string): Promise<readonly StoredFrame[]> {
    const turn = this.#state.turns.get(turnId);
    const session = turn && this.#state.sessions.get(turn.sessionId);
    return session?.events.filter((frame) => frame.turnId === turnId) ?? [];
  }

  override async conversation(sessionId: string, before: number, limit: number): Promise<readonly Utterance[]> {
    const { events, firstSeq } = this.#state.sessions.get(sessionId) ?? { events: [], firstSeq: 1 };
    const said: Utterance[] = [];
    for (let index = Math.min(events.length, before - firstSeq) - 1; index >= 0 && said.length < limit; index -= 1) {
      const frame = events[index];
      if (frame?.type === 'message-accepted' || frame?.type === 'turn-completed') said.push(toUtterance(frame));
    }
    return said;
  }

  override async message(id: string, reach: Reach): Promise<Message | null> {
    const turn = this.#state.turns.get(this.#state.turnOfMessage.get(id) ?? '');
    const session = turn === undefined ? null : this.#reached(turn.sessionId, reach);
    return turn === undefined || session === null ? null : readMessage(session, turn);
  }

  override async messages(sessionId: string, reach: Reach, { limit, cursor }: PageRequest): Promise<Page<Message> | BadCursor | null> {
    const session = this.#reached(sessionId, reach);
    if (session === null) return null;
    const list = `messages ${sessionId}`;
    const after = cursor === undefined || cursor === null ? 0 : readCursor(cursor, list, 'number');
    if (after === undefined) return 'bad_cursor';
    const turns = session.turnIds.flatMap((id) => this.#state.turns.get(id) ?? []).filter((turn) => turn.acceptedSeq > after);
    const items = turns.slice(0, limit).map((turn) => readMessage(session, turn));
    const last = items.at(-1);
    return { items, nextCursor: turns.length > limit && last !== undefined ? writeCursor(list, last.seq) : null };
  }

  override async turn(turnId: string, reach: Reach): Promise<TurnRecord | null> {
    const turn = this.#state.turns.get(turnId);
    if (turn === undefined || this.#reached(turn.sessionId, reach) === null) return null;
    const { messageId, sessionId, state, acceptedSeq, request } = turn;
    return { turnId, messageId, sessionId, state, acceptedSeq, ...traceOf(request ?? {}), ...requestOf(request ?? {}) };
  }

  #reached(sessionId: string, reach: Reach): StoredSession | null {
    const session = this.#state.sessions.get(sessionId);
    return session !== undefined && !session.closing && reaches(reach, session) ? session : null;
  }
}

function readMessage(session: StoredSession, turn: StoredTurn): Message {
  const accepted = session.events[turn.acceptedSeq - session.firstSeq]?.json ?? '';
  const ended = turn.endedSeq === null ? null : (session.events[turn.endedSeq - session.firstSeq]?.json ?? null);
  return toMessage({ sessionId: session.id, seq: turn.acceptedSeq, state: turn.state, accepted, ended });
}
