import type { Page, Session, UpdateSession } from '#libs/contracts';
import { reaches, Sessions, type BadCursor, type NewSession, type PageRequest, type Pruned, type Reach, type SessionFilter, type StoredFrame } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { sessionDeleted } from '../turn-facts.js';
import type { MemoryState, StoredSession } from './memory-state.js';

const CLAIM_RETENTION_MS = 24 * 60 * 60 * 1000;
const LIST = 'sessions';

/** Conversations in memory. */
export class MemorySessions extends Sessions {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    super();
    this.#state = state;
  }

  override create({ id, tenantId, owner, title, agent, metadata, at }: NewSession): Promise<Session> {
    return this.#state.step(() => {
      const empty = { firstSeq: 1, lastSeq: 0, closing: false, events: [], turnIds: [] };
      const session = { id, tenantId, owner, title, agent, metadata: structuredClone(metadata), ...empty, createdAt: at, updatedAt: at };
      this.#state.sessions.set(id, session);
      return toSession(session);
    });
  }

  override async find(id: string, reach: Reach): Promise<Session | null> {
    const session = this.#reached(id, reach);
    return session === null ? null : toSession(session);
  }

  override async list(reach: Reach, { limit, cursor }: PageRequest, filter: SessionFilter = {}): Promise<Page<Session> | BadCursor> {
    const before = cursor === undefined || cursor === null ? null : readCursor(cursor, LIST, 'string');
    if (before === undefined) return 'bad_cursor';
    const found = [...this.#state.sessions.values()]
      .filter((session) => !session.closing && reaches(reach, session) && fits(session, filter) && (before === null || session.id < before))
      .sort((a, b) => (a.id > b.id ? -1 : 1));
    const items = found.slice(0, limit).map(toSession);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override update(id: string, reach: Reach, change: UpdateSession, at: number): Promise<Session | null> {
    return this.#state.step(() => {
      const session = this.#reached(id, reach);
      if (session === null) return null;
      if (change.title !== undefined) session.title = change.title ?? undefined;
      if (change.agent !== undefined) session.agent = change.agent;
      if (change.metadata !== undefined) session.metadata = structuredClone(change.metadata);
      session.updatedAt = at;
      return toSession(session);
    });
  }

  override close(id: string, reach: Reach): Promise<boolean> {
    return this.#state.step(() => {
      const session = this.#reached(id, reach);
      if (session !== null) session.closing = true;
      return session !== null;
    });
  }

  /** Also removes claims older than a day. */
  override erase(id: string, at: number, committed?: (frame: StoredFrame) => void): Promise<StoredFrame | null> {
    return this.#state.step(
      () => {
        const session = this.#state.sessions.get(id);
        if (session === undefined || !session.closing || this.#state.oldestOpen(session) !== undefined) return null;
        const frame = this.#state.append(session, sessionDeleted(at));
        this.#forgetTurns(session, at);
        this.#state.notes.delete(id);
        this.#state.deliveries.forgetSession(id);
        this.#state.sessions.delete(id);
        return frame;
      },
      (frame) => {
        if (frame !== null) committed?.(frame);
      },
    );
  }

  override async closed(limit: number): Promise<readonly { readonly id: string; readonly tenantId: string }[]> {
    const closing = [...this.#state.sessions.values()].filter((session) => session.closing);
    return closing.slice(0, limit).map(({ id, tenantId }) => ({ id, tenantId }));
  }

  override prune(before: number, after: string, limit: number): Promise<Pruned> {
    return this.#state.step(() => {
      const ids = [...this.#state.sessions.keys()].filter((id) => id > after).sort().slice(0, limit);
      let events = 0;
      let done = after;
      for (const id of ids) {
        const session = this.#state.sessions.get(id);
        if (session !== undefined && this.#isOld(session, before)) {
          if (events === limit) return { events, next: done };
          events += this.#erase(session, limit - events);
          if (session.events.length > 0) return { events, next: done };
        }
        done = id;
      }
      return { events, next: ids.length < limit ? null : done };
    });
  }

  #isOld(session: StoredSession, before: number): boolean {
    const last = session.events.at(-1);
    if (last === undefined || session.closing || this.#state.oldestOpen(session) !== undefined) return false;
    const { at }: { at: string } = JSON.parse(last.json);
    return Date.parse(at) < before;
  }

  #erase(session: StoredSession, most: number): number {
    const erased = session.events.splice(0, most);
    session.firstSeq += erased.length;
    for (const turn of session.turnIds.flatMap((id) => this.#state.turns.get(id) ?? [])) {
      if (turn.acceptedSeq < session.firstSeq) this.#state.forget(turn);
    }
    if (session.events.length === 0) this.#state.notes.delete(session.id);
    return erased.length;
  }

  #forgetTurns(session: StoredSession, at: number): void {
    for (const turnId of session.turnIds) {
      const turn = this.#state.turns.get(turnId);
      if (turn === undefined) continue;
      turn.request = null;
      turn.erasedAt = at;
      if (turn.claimKey === null) this.#state.forget(turn);
    }
    for (const turn of this.#state.turns.values()) {
      if (turn.erasedAt !== null && turn.erasedAt < at - CLAIM_RETENTION_MS) this.#state.forget(turn);
    }
  }

  #reached(id: string, reach: Reach): StoredSession | null {
    const session = this.#state.sessions.get(id);
    return session !== undefined && !session.closing && reaches(reach, session) ? session : null;
  }
}

function fits({ agent, owner, title }: StoredSession, filter: SessionFilter): boolean {
  if (filter.agent !== undefined && agent !== filter.agent) return false;
  if (filter.owner !== undefined && (owner.kind !== filter.owner.kind || owner.id !== filter.owner.id)) return false;
  return filter.text === undefined || (title !== undefined && plainLower(title).includes(plainLower(filter.text)));
}

function plainLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function toSession(session: StoredSession): Session {
  return {
    id: session.id,
    owner: { kind: session.owner.kind, id: session.owner.id },
    ...(session.title === undefined ? {} : { title: session.title }),
    agent: session.agent,
    lastSeq: session.lastSeq,
    metadata: structuredClone(session.metadata),
    createdAt: new Date(session.createdAt).toISOString(),
    updatedAt: new Date(session.updatedAt).toISOString(),
  };
}
