import { crc32 } from 'node:zlib';
import type { StoredEventType } from '#libs/contracts';
import { StorageError, type StoredFrame } from '#libs/ports';

export interface EventRow {
  readonly session_id: string;
  readonly seq: number;
  readonly turn_id: string | null;
  readonly type: StoredEventType;
  readonly json: string;
  readonly checksum: number;
}

export function checksumOf(json: string): number {
  return crc32(json);
}

/** The event's JSON as it was written; throws `StorageError` when the disk gave something else. */
export function verifiedJson(row: Pick<EventRow, 'json' | 'checksum'>, where: string): string {
  if (checksumOf(row.json) !== row.checksum) throw new StorageError(`the stored event ${where} is damaged`);
  return row.json;
}

export function toFrame(row: EventRow): StoredFrame {
  const { type, session_id: sessionId, seq, turn_id: turnId } = row;
  return { type, sessionId, seq, turnId, json: verifiedJson(row, `${sessionId}/${seq}`) };
}
