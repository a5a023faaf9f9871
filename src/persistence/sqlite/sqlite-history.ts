import type { DatabaseSync } from 'node:sqlite';
import { isId, type Message, type Page } from '#libs/contracts';
import {
  History,
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
import { toFrame, verifiedJson, type EventRow } from './event-rows.js';
import { Query } from './query.js';
import { LAST_SEQ, OF_SESSION, reachedRow, type SessionView } from './session-rows.js';
import type { SessionsTable } from './tables.js';
import { reading } from './to-storage-error.js';
import { readContext, requestOf, traceOf } from '../turn-context.js';

type Reached = Pick<SessionsTable, 'id' | 'tenant_id' | 'owner_kind' | 'owner_id' | 'closing'>;

interface MessageRow extends Reached {
  readonly turn_id: string;
  readonly message_id: string;
  readonly state: TurnRecord['state'];
  readonly accepted_seq: number;
  readonly ended_seq: number | null;
  readonly accepted_json: string;
  readonly accepted_checksum: number;
  readonly ended_json: string | null;
  readonly ended_checksum: number | null;
}

const EVENT = '?1 AS session_id, seq, turn_id, type, json, checksum';
const SESSION = 's.id, s.tenant_id, s.owner_kind, s.owner_id, s.closing';
const TURN = 't.id AS turn_id, t.message_id, t.state, t.accepted_seq, t.ended_seq';
const MESSAGE = `SELECT ${SESSION}, ${TURN}, a.json AS accepted_json, a.checksum AS accepted_checksum,
    e.json AS ended_json, e.checksum AS ended_checksum
  FROM turns t
  JOIN sessions s ON s.id = t.session_id
  JOIN events a ON a.session = s.number AND a.seq = t.accepted_seq
  LEFT JOIN events e ON e.session = s.number AND e.seq = t.ended_seq`;

/** The past of sessions on SQLite; every event that is read is held against its checksum. */
export class SqliteHistory extends History {
  readonly #session;
  readonly #events;
  readonly #turnEvents;
  readonly #conversation;
  readonly #turn;
  readonly #message;
  readonly #messages;

  /** `db` is a read connection: it sees what is committed and nothing else. */
  constructor(db: DatabaseSync) {
    super();
    this.#session = new Query<Reached & Pick<SessionView, 'first_seq' | 'last_seq'>>(
      db,
      `SELECT ${SESSION}, s.first_seq, ${LAST_SEQ} AS last_seq FROM sessions s WHERE s.id = ?`,
    );
    this.#events = new Query<EventRow>(db, `SELECT ${EVENT} FROM events WHERE ${OF_SESSION} AND seq > ?2 ORDER BY seq LIMIT ?3`);
    this.#turnEvents = new Query<EventRow>(
      db,
      `SELECT ${EVENT} FROM events WHERE ${OF_SESSION} AND seq BETWEEN ?2 AND ?3 AND turn_id = ?4 ORDER BY seq`,
    );
    this.#conversation = new Query<EventRow>(
      db,
      `SELECT ${EVENT} FROM events
       WHERE ${OF_SESSION} AND seq < ?2 AND type IN ('message-accepted', 'turn-completed') ORDER BY seq DESC LIMIT ?3`,
    );
    this.#turn = new Query<Reached & Pick<MessageRow, 'turn_id' | 'message_id' | 'state' | 'accepted_seq' | 'ended_seq'> & { readonly context: string | null }>(
      db,
      `SELECT ${SESSION}, ${TURN}, t.context FROM turns t JOIN sessions s ON s.id = t.session_id WHERE t.id = ?`,
    );
    this.#message = new Query<MessageRow>(db, `${MESSAGE} WHERE t.message_id = ?`);
    this.#messages = new Query<MessageRow>(
      db,
      `${MESSAGE} WHERE t.id IN (
         SELECT turn_id FROM events WHERE ${OF_SESSION} AND seq > ?2 AND type = 'message-accepted' ORDER BY seq LIMIT ?3
       ) ORDER BY t.accepted_seq`,
    );
  }

  override bounds(sessionId: string, reach: Reach): Promise<HistoryBounds | null> {
    return reading(() => {
      const row = this.#reached(sessionId, reach);
      return row === null ? null : { firstSeq: row.first_seq, lastSeq: row.last_seq };
    });
  }

  override events(sessionId: string, after: number, limit: number): Promise<readonly StoredFrame[]> {
    return reading(() => this.#events.all(sessionId, after, limit).map(toFrame));
  }

  override turnEvents(turnId: string): Promise<readonly StoredFrame[]> {
    return reading(() => {
      const turn = isId(turnId) ? this.#turn.get(turnId) : undefined;
      if (turn === undefined) return [];
      return this.#turnEvents.all(turn.id, turn.accepted_seq, turn.ended_seq ?? Number.MAX_SAFE_INTEGER, turnId).map(toFrame);
    });
  }

  override conversation(sessionId: string, before: number, limit: number): Promise<readonly Utterance[]> {
    return reading(() => this.#conversation.all(sessionId, before, limit).map((row) => toUtterance(toFrame(row))));
  }

  override message(id: string, reach: Reach): Promise<Message | null> {
    return reading(() => {
      const row = isId(id) ? reachedRow(this.#message.get(id), reach) : null;
      return row === null ? null : readMessage(row);
    });
  }

  override messages(sessionId: string, reach: Reach, { limit, cursor }: PageRequest): Promise<Page<Message> | BadCursor | null> {
    return reading(() => {
      if (this.#reached(sessionId, reach) === null) return null;
      const list = `messages ${sessionId}`;
      const after = cursor === undefined || cursor === null ? 0 : readCursor(cursor, list, 'number');
      if (after === undefined) return 'bad_cursor';
      const rows = this.#messages.all(sessionId, after, limit + 1);
      const items = rows.slice(0, limit).map(readMessage);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(list, last.seq) : null };
    });
  }

  override turn(turnId: string, reach: Reach): Promise<TurnRecord | null> {
    return reading(() => {
      const row = isId(turnId) ? reachedRow(this.#turn.get(turnId), reach) : null;
      if (row === null) return null;
      const context = readContext(row.context);
      const of = { turnId, messageId: row.message_id, sessionId: row.id };
      return { ...of, state: row.state, acceptedSeq: row.accepted_seq, ...traceOf(context), ...requestOf(context) };
    });
  }

  #reached(sessionId: string, reach: Reach) {
    return isId(sessionId) ? reachedRow(this.#session.get(sessionId), reach) : null;
  }
}

function readMessage(row: MessageRow): Message {
  const accepted = verifiedJson({ json: row.accepted_json, checksum: row.accepted_checksum }, `${row.id}/${row.accepted_seq}`);
  const ended =
    row.ended_json === null || row.ended_checksum === null
      ? null
      : verifiedJson({ json: row.ended_json, checksum: row.ended_checksum }, `${row.id}/${row.ended_seq}`);
  return toMessage({ sessionId: row.id, seq: row.accepted_seq, state: row.state, accepted, ended });
}
