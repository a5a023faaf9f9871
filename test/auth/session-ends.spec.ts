import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { Audit } from '../../src/audit/audit.js';
import { AuditChain } from '../../src/audit/audit-chain.js';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { HeadFile } from '../../src/audit/head-file.js';
import { AdminKey } from '../../src/auth/admin-key.js';
import { newApiKey } from '../../src/auth/api-key.js';
import { ExpiredSweep } from '../../src/auth/expired-sweep.js';
import { KeyRing } from '../../src/auth/key-ring.js';
import { KeyUses } from '../../src/auth/key-uses.js';
import { OperatorSignIns } from '../../src/auth/operator-sign-ins.js';
import { digest } from '../../src/auth/secret.js';
import { readConfig } from '../../src/config/config.js';
import { Log } from '../../src/observability/log.js';
import { openSqliteStore } from '../../src/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../src/persistence/store.js';
import { UuidGenerator } from '../../src/runtime/uuid-generator.js';

const HOUR = 3_600_000;

class SettableClock extends Clock {
  at = 1_800_000_000_000;
  override now(): number {
    return this.at;
  }
}

let folder: string;
let store: Store;
let clock: SettableClock;
let log: Log;
let audit: Audit;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
  clock = new SettableClock();
  log = new Log(readConfig({ LOG_LEVEL: 'silent' }));
  const chain = new AuditChain(Buffer.alloc(32));
  audit = new Audit(new AuditWriter(store.auditLog, chain, new HeadFile(folder), clock, log), clock);
});
afterEach(async () => {
  await store.control.close();
  await rm(folder, { recursive: true, force: true });
});

describe('an operator session', () => {
  const signIn = { tenantId: 'default', operatorId: 'o', name: 'O', role: 'admin', scopes: null, credentialId: 'link' } as const;
  const signIns = () =>
    new OperatorSignIns(store.operatorSessions, new ExpiredSweep(store.tokens, store.operatorSessions, clock, log), clock, audit);

  it('ends after twelve hours without a call', async () => {
    const { value } = await signIns().open(signIn);
    clock.at += 12 * HOUR - 1;
    expect(await signIns().find(value)).not.toBeNull();
    clock.at += 12 * HOUR;
    expect(await signIns().find(value)).toBeNull();
  });

  it('ends after seven days, however often it is used', async () => {
    const { value } = await signIns().open(signIn);
    for (let hours = 0; hours < 7 * 24 - 1; hours += 1) {
      clock.at += HOUR;
      expect(await signIns().find(value), `${hours} h`).not.toBeNull();
    }
    clock.at += HOUR;
    expect(await signIns().find(value)).toBeNull();
  });

  it('is kept under the hash of the cookie only', async () => {
    const { value } = await signIns().open(signIn);
    expect(await store.operatorSessions.find(value)).toBeNull();
    expect(await store.operatorSessions.find(digest(value))).toMatchObject({ operatorId: 'o' });
  });
});

describe('the uses of keys', () => {
  it('are written once for many calls, and none is lost when a write fails', async () => {
    const ids = new UuidGenerator();
    const written: ReadonlyMap<string, number>[] = [];
    let broken = true;
    const touch = store.keys.touch.bind(store.keys);
    store.keys.touch = async (uses) => {
      if (broken) throw new Error('the disk is full');
      written.push(uses);
      await touch(uses);
    };
    const uses = new KeyUses(store.keys, log);
    const ring = new KeyRing(store.keys, new AdminKey(readConfig({})), uses, clock);
    const { key, prefix, hash } = newApiKey();
    const limits = NO_PRINCIPAL_LIMITS;
    const id = ids.next();
    const secrets = [{ prefix, hash, expiresAt: null }];
    await store.keys.create({
      id, tenantId: 'default', name: 'k', scopes: ['messages'], limits, createdAt: clock.at, expiresAt: null, lastUsedAt: null, secrets,
    });
    for (let call = 0; call < 100; call += 1) {
      clock.at += 1;
      expect(await ring.verify(key)).not.toBeNull();
    }
    await expect(uses.flush()).rejects.toThrow('the disk is full');
    broken = false;
    await uses.flush();
    await uses.flush();
    expect(written).toEqual([new Map([[id, clock.at]])]);
    expect((await store.keys.find(id, 'default'))?.lastUsedAt).toBe(clock.at);
  });
});
