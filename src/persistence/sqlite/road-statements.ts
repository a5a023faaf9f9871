import type { DatabaseSync } from 'node:sqlite';
import { isTerminal, type Author, type TurnEndState, type TurnState } from '#libs/contracts';
import { toStoredFrame, type Fact, type StoredFrame } from '#libs/ports';
import { checksumOf } from './event-rows.js';
import { Query } from './query.js';
import { ReplyDelivery } from './reply-delivery.js';
import { SessionCache, type SessionRow } from './session-cache.js';
import { SessionNumbers } from './session-numbers.js';
import { LAST_SEQ } from './session-rows.js';
import { toStoredText } from './stored-text.js';

export interface TurnRow {
  readonly id: string;
  readonly message_id: string;
  readonly session_id: string;
  readonly tenant_id: string;
  readonly author_kind: Author['kind'];
  readonly author_id: string;
  readonly agent: string;
  readonly state: TurnState;
  readonly attempt: number;
  readonly accepted_seq: number;
  readonly accepted_at: number;
  readonly context: string | null;
  readonly partial: string | null;
  readonly settled: number | null;
}

export interface ClaimRow {
  readonly id: string;
  readonly message_id: string;
  readonly session_id: string;
  readonly fingerprint: string;
  readonly session_named: 0 | 1;
  readonly state: TurnState;
  readonly accepted_seq: number;
}

/** A session that is about to be written. */
export interface AddedSession {
  readonly id: string;
  readonly tenantId: string;
  readonly owner: Author;
  readonly title: string | null;
  readonly agent: string;
  /** As JSON. */
  readonly metadata: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const HAS_CALLBACK = 'EXISTS (SELECT 1 FROM callback_targets WHERE session_id = s.id)';
const TURN =
  'id, message_id, session_id, tenant_id, author_kind, author_id, agent, state, attempt, accepted_seq, accepted_at, context, partial, settled';
const HELD = "id = ? AND session_id = ? AND attempt = ? AND state = 'running'";

/** The statements of the road of a message, prepared once on the writer's connection. For use inside a step of the group commit only. */
export class RoadStatements {
  readonly session;
  readonly claimOf;
  readonly addTurn;
  readonly turnById;
  readonly turnByMessage;
  readonly oldestOpen;
  readonly setRunning;
  readonly held;
  readonly setCheckpoint;
  readonly setReleased;
  readonly setEnded;
  readonly setCancelled;
  readonly event;
  readonly openTurns;
  readonly #addSession;
  readonly #addEvent;
  readonly #numbers: SessionNumbers;
  readonly #replies: ReplyDelivery;

  constructor(db: DatabaseSync) {
    this.session = new SessionCache(
      new Query<SessionRow>(
        db,
        `SELECT id, number, tenant_id, owner_kind, owner_id, agent, closing, ${LAST_SEQ} AS last_seq, ${HAS_CALLBACK} AS has_callback
         FROM sessions s WHERE id = ?`,
      ),
    );
    this.#numbers = new SessionNumbers(db);
    this.#addSession = new Query(
      db,
      `INSERT INTO sessions (id, number, tenant_id, owner_kind, owner_id, title, agent, metadata, created_at, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.claimOf = new Query<ClaimRow>(
      db,
      `SELECT id, message_id, session_id, fingerprint, session_named, state, accepted_seq FROM turns
       WHERE tenant_id = ? AND author_kind = ? AND author_id = ? AND client_id = ?`,
    );
    this.addTurn = new Query(
      db,
      `INSERT INTO turns (id, message_id, session_id, tenant_id, author_kind, author_id, client_id, fingerprint, session_named, agent,
                          state, attempt, accepted_seq, accepted_at, context)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (author_id, client_id, tenant_id, author_kind) WHERE client_id IS NOT NULL DO NOTHING`,
    );
    this.turnById = new Query<TurnRow>(db, `SELECT ${TURN} FROM turns WHERE id = ?`);
    this.turnByMessage = new Query<TurnRow>(db, `SELECT ${TURN} FROM turns WHERE message_id = ?`);
    this.oldestOpen = new Query<TurnRow>(
      db,
      `SELECT ${TURN} FROM turns INDEXED BY turns_open WHERE session_id = ? AND ended_seq IS NULL ORDER BY accepted_seq LIMIT 1`,
    );
    this.setRunning = new Query<never>(db, "UPDATE turns SET state = 'running', attempt = ? WHERE id = ?");
    this.held = new Query<{ held: 1 }>(db, `SELECT 1 AS held FROM turns WHERE ${HELD}`);
    this.setCheckpoint = new Query(db, `UPDATE turns SET partial = ?, settled = ? WHERE ${HELD}`);
    this.setReleased = new Query(db, `UPDATE turns SET state = 'queued' WHERE ${HELD}`);
    this.setEnded = new Query(db, `UPDATE turns SET state = ?, ended_seq = ?, partial = NULL, settled = NULL WHERE ${HELD}`);
    this.setCancelled = new Query(
      db,
      "UPDATE turns SET state = 'cancelled', ended_seq = ?, partial = NULL, settled = NULL WHERE id = ? AND state = 'queued'",
    );
    this.event = new Query<{ json: string; checksum: number }>(db, 'SELECT json, checksum FROM events WHERE session = ? AND seq = ?');
    this.openTurns = new Query<TurnRow>(
      db,
      `SELECT ${TURN} FROM turns INDEXED BY turns_open WHERE ended_seq IS NULL AND id > ? ORDER BY id LIMIT ?`,
    );
    this.#addEvent = new Query(db, 'INSERT INTO events (session, seq, at, turn_id, type, json, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#replies = new ReplyDelivery(db);
  }

  /** Writes a session without events and gives its row, which is kept. */
  addSession({ id, tenantId, owner, title, agent, metadata, at }: AddedSession): SessionRow {
    const number = this.#numbers.next();
    const texts = [toStoredText(owner.id), title === null ? null : toStoredText(title), toStoredText(agent)] as const;
    this.#addSession.run(id, number, tenantId, owner.kind, ...texts, metadata, at, at);
    const [owner_id, , stored_agent] = texts;
    const row = { id, number, tenant_id: tenantId, owner_kind: owner.kind, owner_id, agent: stored_agent, last_seq: 0, closing: 0, has_callback: 0 } as const;
    this.session.keep(row);
    return row;
  }

  /** Writes an event; the end of a turn also to the outbox, when its session has a callback. */
  addEvent(fact: Fact, session: SessionRow, seq: number): StoredFrame {
    const frame = toStoredFrame(fact, session.id, seq);
    this.#addEvent.run(session.number, seq, fact.at, frame.turnId, frame.type, frame.json, checksumOf(frame.json));
    this.session.numbered(session.id, seq);
    if (session.has_callback === 1 && isTerminal(fact.type)) this.#replies.enqueue(frame, fact.at);
    return frame;
  }

  /** What is kept of the store in memory may not be true any more: a transaction was taken back. */
  forgetAll(): void {
    this.session.clear();
    this.#numbers.clear();
  }

  end(lease: { turnId: string; sessionId: string; attempt: number }, state: TurnEndState, seq: number): boolean {
    return this.setEnded.run(state, seq, lease.turnId, lease.sessionId, lease.attempt) === 1;
  }
}
