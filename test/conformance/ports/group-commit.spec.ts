import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { StorageError } from '#libs/ports';
import { GroupCommit } from '../../../src/persistence/sqlite/group-commit.js';

const databases: DatabaseSync[] = [];
afterEach(() => {
  for (const db of databases.splice(0)) db.close();
});

describe('Group commit', () => {
  function committing(onFault: (error: unknown) => void = () => undefined) {
    const db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE steps (name TEXT UNIQUE)');
    databases.push(db);
    const insert = db.prepare('INSERT INTO steps VALUES (?)');
    const names = () => db.prepare('SELECT name FROM steps ORDER BY rowid').all().map((row) => row['name']);
    return { db, insert, names, writer: new GroupCommit(db, onFault) };
  }

  it('takes back the writes of a step that throws and nobody else’s', async () => {
    const { insert, names, writer } = committing();
    const order: string[] = [];
    const good = (name: string) => writer.submit(() => insert.run(name), () => order.push(name));
    const bad = writer.submit(() => {
      insert.run('bad');
      throw new TypeError('a step that fails');
    });
    const twice = [good('one'), bad, good('two'), good('one'), good('three')];
    const outcomes = await Promise.allSettled(twice);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    await expect(bad).rejects.toThrow(TypeError);
    await expect(twice[3]).rejects.toThrow(StorageError);
    expect(names()).toEqual(['one', 'two', 'three']);
    expect(order).toEqual(['one', 'two', 'three']);
  });

  it('tells what a committed callback throws, and goes on', async () => {
    const faults: unknown[] = [];
    const { insert, names, writer } = committing((error) => faults.push(error));
    const fault = new Error('a callback that fails');
    await Promise.all([
      writer.submit(() => insert.run('a'), () => {
        throw fault;
      }),
      writer.submit(() => insert.run('b')),
    ]);
    expect(faults).toEqual([fault]);
    expect(names()).toEqual(['a', 'b']);
  });

  it('keeps the order of more steps than fit in one transaction', async () => {
    const { insert, names, writer } = committing();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => writer.submit(() => insert.run(String(i)), () => order.push(i))));
    expect(order).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
    expect(names()).toEqual(order.map(String));
  });

  it('rejects while a transaction cannot begin, and works again afterwards', async () => {
    const { db, insert, names, writer } = committing();
    db.exec('PRAGMA query_only = 1');
    await expect(writer.submit(() => insert.run('no'))).rejects.toThrow(StorageError);
    db.exec('PRAGMA query_only = 0');
    await writer.submit(() => insert.run('yes'));
    expect(names()).toEqual(['yes']);
  });
});
