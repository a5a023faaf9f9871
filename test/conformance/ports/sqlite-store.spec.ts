import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { StorageError } from '#libs/ports';
import { StoreOpenError } from '../../../src/persistence/store-open-error.js';
import { GroupCommit } from '../../../src/persistence/sqlite/group-commit.js';
import { openSqliteStore } from '../../../src/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../src/persistence/store.js';
import { scene, settled, tick } from './scene.js';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-'));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function openIn(path: string): Store {
  const store = openSqliteStore(path, () => undefined);
  cleanups.push(() => store.control.close());
  return store;
}

function tamper(path: string, act: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(join(path, 'parley.db'));
  act(db);
  db.close();
}

describe('A SQLite store', () => {
  it('finds everything again after it was closed', async () => {
    const path = folder();
    const before = openIn(path);
    const s = scene(before);
    const turn = await s.start({ clientId: 'c' });
    await before.inbox.append(turn, [], { text: 'half', settled: 2 });
    const waiting = await s.accept({ sessionId: turn.sessionId });
    const events = await s.events(turn.sessionId);
    const late = before.inbox.accept(s.request({ sessionId: turn.sessionId }));
    await before.control.close();
    expect((await late).kind).toBe('accepted');
    await expect(before.inbox.accept(s.request())).rejects.toThrow(StorageError);

    const after = openIn(path);
    expect((await after.history.events(turn.sessionId, 0, 100)).slice(0, 3)).toEqual(events);
    expect(await after.inbox.openTurns(null, 10)).toMatchObject([
      { turnId: turn.turnId, state: 'running', attempt: 1, checkpoint: { text: 'half', settled: 2 } },
      { turnId: waiting.accepted.turnId, state: 'queued' },
      { state: 'queued' },
    ]);
    expect((await after.inbox.accept(s.request({ clientId: 'c' }))).kind).toBe('duplicate');
    expect(await after.inbox.release(turn)).toBe(true);
    expect((await after.inbox.claim(turn.sessionId, tick()))?.turn).toMatchObject({ turnId: turn.turnId, attempt: 2 });
  });

  it('makes its folder and files for this user only', async () => {
    const path = join(folder(), 'deep', 'data');
    const store = openIn(path);
    await scene(store).accept();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of ['parley.db', 'parley.db-wal', 'parley.db-shm', 'parley.lock', 'parley.owner']) {
      expect([name, statSync(join(path, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  it('never shows an event that the disk gave back changed', async () => {
    const path = folder();
    const before = openIn(path);
    const s = scene(before);
    const turn = await s.start({ content: 'the truth' });
    const whole = await s.start();
    const waiting = await s.accept({ sessionId: whole.sessionId, content: 'the truth' });
    await before.control.close();
    tamper(path, (db) => db.exec(`UPDATE events SET json = replace(json, 'the truth', 'the trugh')`));

    const store = openIn(path);
    await expect(store.history.events(turn.sessionId, 0, 10)).rejects.toThrow(StorageError);
    await expect(store.history.turnEvents(turn.turnId)).rejects.toThrow(StorageError);
    await expect(store.history.conversation(turn.sessionId, 10, 10)).rejects.toThrow(StorageError);
    await expect(store.history.message(turn.messageId, s.reach)).rejects.toThrow(StorageError);
    await expect(store.history.messages(turn.sessionId, s.reach, { limit: 5 })).rejects.toThrow(StorageError);
    expect(await store.history.events(whole.sessionId, 0, 2)).toHaveLength(2);
    const ended = settled(await store.inbox.finish(whole, s.end(whole), true));
    expect(ended.started?.turn).toMatchObject({ turnId: waiting.accepted.turnId, author: s.author, content: '', damaged: true });
    expect(JSON.stringify(ended)).not.toContain('the trugh');
  });

  it('starts a turn whose message is damaged marked as such, so that it ends and the next one runs', async () => {
    const path = folder();
    const before = openIn(path);
    const s = scene(before);
    const broken = await s.accept({ content: 'the truth' });
    const { sessionId } = broken.accepted;
    const next = await s.accept({ sessionId, content: 'whole' });
    await before.control.close();
    tamper(path, (db) => db.exec(`UPDATE events SET json = replace(json, 'the truth', 'the trugh')`));

    const store = openIn(path);
    const claimed = await store.inbox.claim(sessionId, tick());
    if (claimed === null) throw new Error('expected the damaged turn');
    expect(claimed.turn).toMatchObject({ turnId: broken.accepted.turnId, attempt: 1, content: '', damaged: true });
    const { started } = settled(await store.inbox.finish(claimed.turn, s.end(claimed.turn, 'failed'), true));
    expect(started?.turn).toMatchObject({ turnId: next.accepted.turnId, content: 'whole' });
    expect(started?.turn).not.toHaveProperty('damaged');
  });

  it('refuses a newer schema and says which versions', async () => {
    const path = folder();
    await openIn(path).control.close();
    tamper(path, (db) => db.exec('PRAGMA user_version = 999'));
    expect(() => openIn(path)).toThrow(StoreOpenError);
    expect(() => openIn(path)).toThrow(/parley\.db has schema version 999, this version of Parley knows up to \d+: .+/);
    tamper(path, (db) => expect(db.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 999 }));
  });

  it('says in one line what to do about a file that does not open', () => {
    for (const content of ['no database at all '.repeat(100), Buffer.alloc(8192, 7)]) {
      const path = folder();
      writeFileSync(join(path, 'parley.db'), content);
      expect(() => openIn(path)).toThrow(StoreOpenError);
      expect(() => openIn(path)).toThrow(/is not a database.*DATA_DIR elsewhere/);
    }
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(() => openIn(file)).toThrow(/DATA_DIR must be a folder/);
  });

  it('refuses a database of another program and leaves it as it was', async () => {
    const path = folder();
    tamper(path, (db) => db.exec('CREATE TABLE recipes (name TEXT)'));
    expect(() => openIn(path)).toThrow(/is a database of another program: move it away, or point DATA_DIR elsewhere/);
    tamper(path, (db) => db.exec('PRAGMA user_version = 1'));
    expect(() => openIn(path)).toThrow(/is a database of another program/);
    tamper(path, (db) => expect(db.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'recipes' }]));
  });

  it('reads all of a file that was not put away in good order, and refuses one that is damaged; after a good end it trusts it', async () => {
    const path = folder();
    const before = openIn(path);
    const s = scene(before);
    await Promise.all(Array.from({ length: 200 }, () => s.accept({ content: 'x'.repeat(2000) })));
    await before.control.close();
    const file = join(path, 'parley.db');
    const bytes = readFileSync(file);
    const middle = Math.floor(((bytes.length / 4096) * 3) / 4) * 4096;
    writeFileSync(file, Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(4096 * 4, 0xff), bytes.subarray(middle + 4096 * 4)]));

    const trusted = openIn(path);
    await trusted.control.close();
    writeFileSync(join(path, 'parley.owner'), 'process 4711 on elsewhere\n');
    expect(() => openIn(path)).toThrow(StoreOpenError);
    expect(() => openIn(path)).toThrow(/parley\.db is damaged \(.+\): restore a backup with `parley restore FILE --force`[^\n]+$/);
    writeFileSync(file, bytes);
    const store = openIn(path);
    expect(await store.inbox.openTurns(null, 500)).toHaveLength(200);
  });

  it('checks a large file beside the start: refuses it when damage is found in time, writes nothing more when it is found later', async () => {
    const path = folder();
    const before = openIn(path);
    const s = scene(before);
    await Promise.all(Array.from({ length: 700 }, () => s.accept({ content: 'x'.repeat(60_000) })));
    await before.control.close();
    const file = join(path, 'parley.db');
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 4096 / 2) * 4096;
    const owner = join(path, 'parley.owner');
    const openUnclean = (checkWithinMs: number, onFault: (error: unknown) => void = () => undefined) => {
      writeFileSync(owner, 'process 4711 on elsewhere\n');
      const store = openSqliteStore(path, onFault, { checkWithinMs });
      cleanups.push(() => store.control.close());
      return store;
    };

    await openUnclean(60_000).control.close();
    expect(existsSync(owner)).toBe(false);
    await openUnclean(0).control.close();
    expect(existsSync(owner)).toBe(true);
    expect(readdirSync(path)).not.toContain('parley.db.check');

    writeFileSync(file, Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(4096 * 4, 0xff), bytes.subarray(middle + 4096 * 4)]));
    expect(() => openUnclean(60_000)).toThrow(/parley\.db is damaged \(.+\): restore a backup with `parley restore FILE --force`[^\n]+$/);
    const found = Promise.withResolvers<unknown>();
    const late = openUnclean(0, found.resolve);
    expect(String(await found.promise)).toMatch(/parley\.db is damaged/);
    await expect(late.inbox.accept(s.request())).rejects.toThrow(StorageError);
    await expect(late.control.probe()).rejects.toThrow(/is damaged/);
    await late.control.close();
    expect(existsSync(owner)).toBe(true);
  });

  it('checks a large file itself where the system gives no process for it', async () => {
    const path = folder();
    await openIn(path).control.close();
    tamper(path, (db) => db.exec('CREATE TABLE filler AS SELECT zeroblob(40000000) AS bytes'));
    const file = join(path, 'parley.db');
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 4096 / 2) * 4096;
    const node = process.execPath;
    cleanups.push(() => void (process.execPath = node));
    process.execPath = join(path, 'no-such-program');

    writeFileSync(join(path, 'parley.owner'), 'process 4711 on elsewhere\n');
    await openSqliteStore(path, () => undefined, { checkWithinMs: 0 }).control.close();
    expect(readdirSync(path)).not.toContain('parley.owner');
    writeFileSync(file, Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(4096 * 4, 0xff), bytes.subarray(middle + 4096 * 4)]));
    writeFileSync(join(path, 'parley.owner'), 'process 4711 on elsewhere\n');
    expect(() => openSqliteStore(path, () => undefined, { checkWithinMs: 0 })).toThrow(/parley\.db is damaged \(.+\)/);
    expect(readdirSync(path)).not.toContain('parley.db.check');
  });

  it.runIf(process.getuid?.() === 0)('says what to do about a folder that may only be read', async () => {
    const path = folder();
    await openIn(path).control.close();
    const mounted = spawnSync('mount', ['-o', 'bind,ro', path, path]).status === 0 && spawnSync('mount', ['-o', 'remount,bind,ro', path]).status === 0;
    if (!mounted) return console.log('A folder that may only be read was not tried: mounts are not allowed here');
    try {
      expect(() => openIn(path)).toThrow(StoreOpenError);
      expect(() => openIn(path)).toThrow(/cannot be used \(.*(read-?only|EROFS).*\): DATA_DIR must be a folder that this user may write/);
    } finally {
      spawnSync('umount', [path]);
    }
  });

  it.runIf(process.getuid?.() !== 0)('says what to do about a folder that may not be written', () => {
    const path = folder();
    chmodSync(path, 0o500);
    expect(() => openIn(path)).toThrow(/EACCES.*DATA_DIR must be a folder that this user may write/);
  });

  it('is refused to a second opener, which is told who has it, and is free again after a kill', async () => {
    const path = folder();
    const holder = fork(join(import.meta.dirname, 'hold-data-folder.mjs'), [path], { execArgv: [], stdio: 'ignore' });
    cleanups.push(() => void holder.kill('SIGKILL'));
    await once(holder, 'message');
    expect(() => openIn(path)).toThrow(StoreOpenError);
    const refusal = /is used by another Parley \(process 4711 on elsewhere, since .+\): stop it, or set another DATA_DIR/;
    expect(() => openIn(path)).toThrow(refusal);
    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
    const store = openIn(path);
    await store.control.probe();
    expect(() => openIn(path)).toThrow(new RegExp(`process ${process.pid} on `));
  });

  it('rejects what a full disk does not take, loses nothing it accepted, and works again with room', async () => {
    const path = folder();
    await openIn(path).control.close();
    const db = new DatabaseSync(join(path, 'parley.db'));
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE filler (text TEXT)');
    const insert = db.prepare('INSERT INTO filler VALUES (?)');
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    db.exec(`PRAGMA max_page_count = ${pages + 10}`);
    const writer = new GroupCommit(db, () => undefined);
    cleanups.push(() => db.close());
    const add = (text: string) => writer.submit(() => insert.run(text));
    const texts = Array.from({ length: 20 }, (_, i) => String(i).padEnd(i % 2 === 0 ? 10 : 20_000, '.'));
    const outcomes = await Promise.allSettled(texts.map(add));
    const failed = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(failed.length).toBeGreaterThan(0);
    for (const reason of failed) expect(reason).toBeInstanceOf(StorageError);
    const accepted = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [String(i)] : []));
    expect(accepted.length).toBeGreaterThan(0);
    db.exec(`PRAGMA max_page_count = ${pages + 10_000}`);
    await add('again.'.padEnd(20_000, '.'));
    const kept = db.prepare('SELECT text FROM filler').all().map((row) => String(row['text']).replace(/\.+$/, ''));
    expect(kept).toEqual([...accepted, 'again']);
  });
});
