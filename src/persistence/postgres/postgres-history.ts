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
import type { Database } from './database.js';
import { toFrame, verifiedJson } from './event-rows.js';
import { readContext, requestOf, traceOf } from '../turn-context.js';
import { withinReach } from './within-reach.js';

/** The greatest `integer` of PostgreSQL: a number beyond it lies behind every event. */
const LAST_SEQ = 2_147_483_647;

/** Reads what is committed; every read has a deadline and rejects with `StorageError` when it passes. */
export class PostgresHistory extends History {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async bounds(sessionId: string, reach: Reach): Promise<HistoryBounds | null> {
    if (!isId(sessionId)) return null;
    const row = await this.#database
      .selectFrom('sessions')
      .select(['first_seq', 'last_seq'])
      .where('id', '=', sessionId)
      .where(withinReach(reach))
      .executeTakeFirst();
    return row === undefined ? null : { firstSeq: row.first_seq, lastSeq: row.last_seq };
  }

  override async events(sessionId: string, after: number, limit: number): Promise<readonly StoredFrame[]> {
    if (!isId(sessionId)) return [];
    const rows = await this.#database
      .selectFrom('events')
      .selectAll()
      .where('session_id', '=', sessionId)
      .where('seq', '>', Math.min(after, LAST_SEQ))
      .orderBy('seq')
      .limit(limit)
      .execute();
    return rows.map(toFrame);
  }

  override async turnEvents(turnId: string): Promise<readonly StoredFrame[]> {
    if (!isId(turnId)) return [];
    const rows = await this.#database
      .selectFrom('turns')
      .innerJoin('events', (join) =>
        join
          .onRef('events.session_id', '=', 'turns.session_id')
          .onRef('events.seq', '>=', 'turns.accepted_seq')
          .onRef('events.turn_id', '=', 'turns.id'),
      )
      .selectAll('events')
      .where('turns.id', '=', turnId)
      .where((eb) => eb('events.seq', '<=', eb.fn.coalesce('turns.ended_seq', eb.lit(LAST_SEQ))))
      .orderBy('events.seq')
      .execute();
    return rows.map(toFrame);
  }

  override async conversation(sessionId: string, before: number, limit: number): Promise<readonly Utterance[]> {
    if (!isId(sessionId)) return [];
    const rows = await this.#database
      .selectFrom('events')
      .selectAll()
      .where('session_id', '=', sessionId)
      .where('seq', '<', Math.min(before, LAST_SEQ))
      .where('type', 'in', ['message-accepted', 'turn-completed'])
      .orderBy('seq', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => toUtterance(toFrame(row)));
  }

  override async message(id: string, reach: Reach): Promise<Message | null> {
    if (!isId(id)) return null;
    const row = await this.#messages(reach).where('turns.message_id', '=', id).executeTakeFirst();
    return row === undefined ? null : readMessage(row);
  }

  override async messages(sessionId: string, reach: Reach, { limit, cursor }: PageRequest): Promise<Page<Message> | BadCursor | null> {
    if ((await this.bounds(sessionId, reach)) === null) return null;
    const list = `messages ${sessionId}`;
    const after = cursor === undefined || cursor === null ? 0 : readCursor(cursor, list, 'number');
    if (after === undefined) return 'bad_cursor';
    const rows = await this.#messages(reach)
      .where('said.session_id', '=', sessionId)
      .where('said.seq', '>', Math.min(after, LAST_SEQ))
      .where('said.type', '=', 'message-accepted')
      .orderBy('said.seq')
      .limit(limit + 1)
      .execute();
    const items = rows.slice(0, limit).map(readMessage);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(list, last.seq) : null };
  }

  override async turn(turnId: string, reach: Reach): Promise<TurnRecord | null> {
    if (!isId(turnId)) return null;
    const row = await this.#database
      .selectFrom('turns')
      .innerJoin('sessions', 'sessions.id', 'turns.session_id')
      .select(['turns.message_id', 'turns.session_id', 'turns.state', 'turns.accepted_seq', 'turns.context'])
      .where('turns.id', '=', turnId)
      .where(withinReach(reach))
      .executeTakeFirst();
    if (row === undefined) return null;
    const { message_id: messageId, session_id: sessionId, state, accepted_seq: acceptedSeq } = row;
    const context = readContext(row.context);
    return { turnId, messageId, sessionId, state, acceptedSeq, ...traceOf(context), ...requestOf(context) };
  }

  #messages(reach: Reach) {
    return this.#database
      .selectFrom('turns')
      .innerJoin('sessions', 'sessions.id', 'turns.session_id')
      .innerJoin('events as said', (join) =>
        join
          .onRef('said.session_id', '=', 'turns.session_id')
          .onRef('said.seq', '=', 'turns.accepted_seq')
          .onRef('said.turn_id', '=', 'turns.id'),
      )
      .leftJoin('events as end', (join) =>
        join.onRef('end.session_id', '=', 'turns.session_id').onRef('end.seq', '=', 'turns.ended_seq'),
      )
      .select([
        'turns.session_id',
        'turns.accepted_seq',
        'turns.ended_seq',
        'turns.state',
        'said.json as said_json',
        'said.checksum as said_checksum',
        'end.json as end_json',
        'end.checksum as end_checksum',
      ])
      .where(withinReach(reach));
  }
}

interface MessageRow {
  readonly session_id: string;
  readonly accepted_seq: number;
  readonly ended_seq: number | null;
  readonly state: TurnRecord['state'];
  readonly said_json: string;
  readonly said_checksum: Buffer;
  readonly end_json: string | null;
  readonly end_checksum: Buffer | null;
}

function readMessage(row: MessageRow): Message {
  const { session_id: sessionId, accepted_seq: seq, ended_seq: endedSeq, state } = row;
  const accepted = verifiedJson({ json: row.said_json, checksum: row.said_checksum }, `${sessionId}/${seq}`);
  const ended =
    row.end_json === null || row.end_checksum === null
      ? null
      : verifiedJson({ json: row.end_json, checksum: row.end_checksum }, `${sessionId}/${endedSeq}`);
  return toMessage({ sessionId, seq, state, accepted, ended });
}
