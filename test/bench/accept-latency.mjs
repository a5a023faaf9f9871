import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../dist/src/persistence/sqlite/sqlite-store.js';
import { v7 } from 'uuid';
import { median } from './statistics.mjs';

const CONTENT = 'What would you like to know about the weather of tomorrow?';

/** One producer: median latency of an accept (turn included) by the store over that of a bare insert with fsync, call by call in turn; and that of the bare insert in ms. */
export async function acceptLatencyRatio(calls) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const bare = new DatabaseSync(join(folder, 'bare.db'));
  bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE messages (id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID');
  const insert = bare.prepare('INSERT INTO messages VALUES (?, ?)');
  const store = openSqliteStore(join(folder, 'store'), (error) => {
    throw error;
  });
  const times = { bare: [], accept: [] };
  for (let n = 0; n < calls; n += 1) {
    const began = performance.now();
    insert.run(v7(), JSON.stringify({ type: 'message-accepted', content: CONTENT }));
    const between = performance.now();
    await store.inbox.accept(request(n));
    times.bare.push(between - began);
    times.accept.push(performance.now() - between);
  }
  await store.control.close();
  bare.close();
  rmSync(folder, { recursive: true, force: true });
  return { ratio: median(times.accept) / median(times.bare), bareMs: median(times.bare) };
}

function request(n) {
  return {
    reach: { tenantId: 'default', owner: { kind: 'key', id: 'bench' } },
    author: { kind: 'key', id: 'bench' },
    channel: 'http',
    ids: { message: v7(), turn: v7(), session: v7() },
    clientId: `c-${n}`,
    fingerprint: 'f',
    content: CONTENT,
    defaultAgent: 'echo',
    start: false,
    at: Date.now(),
  };
}
