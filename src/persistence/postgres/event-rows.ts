import { createHash } from 'node:crypto';
import { StorageError, type StoredFrame } from '#libs/ports';
import type { EventsTable } from './tables.js';

/** As `add_event` in the database makes it: the first 8 bytes of the SHA-256 of the UTF-8 text. */
function checksumOf(json: string): Buffer {
  return createHash('sha256').update(json).digest().subarray(0, 8);
}

/** The event's JSON as it was written; throws `StorageError` when the store gave something else. */
export function verifiedJson(row: Pick<EventsTable, 'json' | 'checksum'>, where: string): string {
  if (!checksumOf(row.json).equals(row.checksum)) throw new StorageError(`the stored event ${where} is damaged`);
  return row.json;
}

export function toFrame(row: EventsTable): StoredFrame {
  const { type, session_id: sessionId, seq, turn_id: turnId } = row;
  return { type, sessionId, seq, turnId, json: verifiedJson(row, `${sessionId}/${seq}`) };
}
