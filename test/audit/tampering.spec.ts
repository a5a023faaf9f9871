import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#libs/contracts';
import { Clock, StorageError } from '#libs/ports';
import { Audit } from '../../src/audit/audit.js';
import { AuditChain, readEntry, type UnchainedEntry } from '../../src/audit/audit-chain.js';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { HeadFile } from '../../src/audit/head-file.js';
import { readConfig } from '../../src/config/config.js';
import { Log } from '../../src/observability/log.js';
import { openSqliteStore } from '../../src/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../src/persistence/store.js';

const ADMIN = { kind: 'key', id: 'admin', tenantId: 'default' } as const;
const ENTRIES = 5;

class FixedClock extends Clock {
  override now(): number {
    return 1_800_000_000_000;
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-audit-'));
  await using(async ({ audit }) => {
    for (let n = 1; n <= ENTRIES; n += 1) await audit.record(ADMIN, { action: `thing.${n}` });
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Parts {
  readonly store: Store;
  readonly audit: Audit;
  readonly verifier: AuditVerifier;
}

/** Opens the log as a start of the gateway does, and closes it again. */
async function using<Result>(work: (parts: Parts) => Promise<Result>, secret = Buffer.alloc(32, 7)): Promise<Result> {
  const store = openSqliteStore(folder, () => undefined);
  try {
    const clock = new FixedClock();
    const chain = new AuditChain(secret);
    const file = new HeadFile(folder);
    const writer = new AuditWriter(store.auditLog, chain, file, clock, new Log(readConfig({ LOG_LEVEL: 'silent' })));
    return await work({ store, audit: new Audit(writer, clock), verifier: new AuditVerifier(store.auditLog, chain, file) });
  } finally {
    await store.control.close();
  }
}

const verdict = () => using(({ verifier }) => verifier.verify());

function tamper(...statements: readonly string[]): void {
  const db = new DatabaseSync(join(folder, 'parley.db'));
  for (const statement of statements) db.exec(statement);
  db.close();
}

describe('somebody who changes the audit log from outside', () => {
  it('is not there in a log that nobody touched, whoever wrote to it after a restart', async () => {
    await using(({ audit }) => audit.record(ADMIN, { action: 'later' }));
    expect(await verdict()).toEqual({ ok: true, entries: ENTRIES + 1, broken: null });
  });

  it.each([
    ['edits a text', 3, ["UPDATE audit_entries SET json = replace(json, 'thing.3', 'nothing') WHERE seq = 3"]],
    ['edits a column that is searched', 2, ["UPDATE audit_entries SET action = 'nothing' WHERE seq = 2"]],
    ['edits the tenant', 4, ["UPDATE audit_entries SET tenant_id = 'other' WHERE seq = 4"]],
    ['edits the actor', 4, ["UPDATE audit_entries SET actor_id = 'eve' WHERE seq = 4"]],
    ['edits a hash', 1, ["UPDATE audit_entries SET hash = 'x' WHERE seq = 1"]],
    ['takes an entry out', 3, ['DELETE FROM audit_entries WHERE seq = 3']],
    ['takes the first one out', 1, ['DELETE FROM audit_entries WHERE seq = 1']],
    ['takes one out and closes the gap', 3, ['DELETE FROM audit_entries WHERE seq = 3', 'UPDATE audit_entries SET seq = seq - 1 WHERE seq > 3']],
    [
      'exchanges two',
      2,
      [
        'UPDATE audit_entries SET seq = 100 WHERE seq = 2',
        'UPDATE audit_entries SET seq = 2 WHERE seq = 4',
        'UPDATE audit_entries SET seq = 4 WHERE seq = 100',
      ],
    ],
    ['cuts the tail off', 4, ['DELETE FROM audit_entries WHERE seq > 3']],
    ['takes everything', 1, ['DELETE FROM audit_entries', 'DELETE FROM audit_head']],
    ['takes the head', 1, ['DELETE FROM audit_head']],
    [
      'puts one in at the end',
      6,
      ["INSERT INTO audit_entries SELECT 6, tenant_id, at, actor_id, action, json, hash FROM audit_entries WHERE seq = 5"],
    ],
  ])('%s: the first entry that is wrong is named', async (_what, seq, statements) => {
    tamper(...statements);
    expect(await verdict()).toMatchObject({ ok: false, entries: seq - 1, broken: { seq } });
  });

  it('writes the whole chain anew: the head gives it away, as its maker has not the key', async () => {
    await using(async ({ store }) => {
      const forged = new AuditChain(Buffer.alloc(32, 1));
      const rows = await store.auditLog.rows(0, 10);
      const entries = rows.map((row) => forgery(readEntry(row)));
      await store.control.close();
      const { rows: remade, head } = forged.append({ seq: 0, hash: '' }, entries);
      tamper('DELETE FROM audit_entries', 'DELETE FROM audit_head');
      const db = new DatabaseSync(join(folder, 'parley.db'));
      const add = db.prepare('INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, ?, ?)');
      for (const row of remade) add.run(row.seq, row.tenantId, row.at, row.actorId, row.action, row.json, row.hash);
      db.prepare('INSERT INTO audit_head VALUES (1, ?, ?, ?)').run(head.seq, head.hash, head.mac);
      db.close();
    });
    expect((await verdict()).ok).toBe(false);
  });

  it('sets the whole store back to an older copy: the file beside it remembers', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'parley-audit-copy-'));
    await cp(join(folder, 'parley.db'), join(copy, 'parley.db'));
    await using(({ audit }) => audit.record(ADMIN, { action: 'to be hidden' }));
    await cp(join(copy, 'parley.db'), join(folder, 'parley.db'));
    await rm(copy, { recursive: true });
    for (const suffix of ['-wal', '-shm']) await rm(join(folder, `parley.db${suffix}`), { force: true });
    expect(await verdict()).toMatchObject({ ok: false, broken: { seq: ENTRIES + 1, reason: expect.stringContaining('was cut off') } });
  });

  it('is not forgotten because the log goes on: the next entry comes behind one that says so', async () => {
    tamper('DELETE FROM audit_entries WHERE seq > 3', "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entries WHERE seq = 3)");
    await using(({ audit }) => audit.record(ADMIN, { action: 'later' }));
    expect(await verdict()).toMatchObject({ ok: false, entries: 3, broken: { seq: 4 } });
  });

  it('changes the file beside the store: that is found out as well', async () => {
    const path = join(folder, 'audit-head');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"seq":5', '"seq":4'));
    expect((await verdict()).ok).toBe(false);
    await writeFile(path, 'nonsense');
    expect((await verdict()).ok).toBe(false);
  });

  it('does not blame a crash between store and file: a file that is behind is in order', async () => {
    const path = join(folder, 'audit-head');
    const old = await readFile(path, 'utf8');
    await using(({ audit }) => audit.record(ADMIN, { action: 'later' }));
    await writeFile(path, old);
    expect((await verdict()).ok).toBe(true);
    await using(({ audit }) => audit.record(ADMIN, { action: 'and on' }));
    expect(await verdict()).toMatchObject({ ok: true, entries: ENTRIES + 2 });
  });
});

describe('a change', () => {
  it('does not happen when its entry cannot be written', async () => {
    await using(async ({ store, audit }) => {
      await store.control.close();
      let happened = false;
      const change = audit.change(ADMIN, { action: 'thing.change' }, async () => {
        happened = true;
      });
      await expect(change).rejects.toBeInstanceOf(StorageError);
      expect(happened).toBe(false);
    });
  });

  it('that fails after its entry leaves a second one that says so', async () => {
    await using(async ({ store, audit }) => {
      const change = audit.change(ADMIN, { action: 'thing.change' }, () => Promise.reject(new Error('no')));
      await expect(change).rejects.toThrow('no');
      const rows = await store.auditLog.rows(ENTRIES, 10);
      expect(rows.map((row) => readEntry(row).outcome)).toEqual(['done', 'failed']);
    });
  });

  it('leaves no secret in the log, by its name or by its form', async () => {
    await using(async ({ store, audit }) => {
      const apiKey = `pk_12345678_${'a'.repeat(43)}`;
      const after = { clientSecret: 's3cret', nested: [{ note: `use ${apiKey}`, password: 'p4ss', tokensPerDay: 7 }], url: 'postgres://u:p4ss@host/db' };
      await audit.record(ADMIN, { action: 'thing.change', after });
      const [row] = await store.auditLog.rows(ENTRIES, 1);
      expect(row?.json).toContain('"tokensPerDay":7');
      for (const secret of [apiKey, 's3cret', 'p4ss']) expect(row?.json).not.toContain(secret);
    });
  });

  it('written by many at once is in the log as often, in one chain', async () => {
    await using(async ({ audit, verifier }) => {
      await Promise.all(Array.from({ length: 500 }, (_, n) => audit.record(ADMIN, { action: `thing.${n}` })));
      expect(await verifier.verify()).toEqual({ ok: true, entries: ENTRIES + 500, broken: null });
    });
  });
});

function forgery({ seq: _seq, hash: _hash, ...entry }: AuditEntry): UnchainedEntry {
  return { ...entry, action: 'forged' };
}
