import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StorageError } from '#libs/ports';

/** All pages in one step, on a thread of its own: what is copied is one moment of the store, however much is written meanwhile. */
const ALL_PAGES = 2_147_483_647;
/** What stays free for the road while a copy is made. */
const ROOM_LEFT_BYTES = 64 * 1024 * 1024;

/** Copies the database as it was when the call began into the empty file `to`. Rejects with `StorageError` when the disk has no room for it. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const needed = sizeOf(from) + sizeOf(`${from}-wal`) + ROOM_LEFT_BYTES;
  const { bavail, bsize } = statfsSync(dirname(to));
  if (bavail * bsize < needed) throw new StorageError(`the copy needs ${Math.ceil(needed / 1024 / 1024)} MiB of room on the disk`);
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, to, { rate: ALL_PAGES });
  } finally {
    source.close();
  }
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
