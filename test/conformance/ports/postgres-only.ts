import { Test } from '@nestjs/testing';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History, Inbox, Keys, Notes, OperatorSessions, Sessions, StorageError, StoreControl, toStoredFrame, Tokens } from '#libs/ports';
import { openPool } from '../../../src/persistence/postgres/database.js';
import { PostgresModule } from '../../../src/persistence/postgres/postgres.module.js';
import { openPostgresStore } from '../../../src/persistence/postgres/postgres-store.js';
import type { Store } from '../../../src/persistence/store.js';
import { WriterConnection } from '../../../src/persistence/postgres/writer-connection.js';
import { numberFact, writeFact } from '../../../src/persistence/postgres/written-fact.js';
import { StoreOpenError } from '../../../src/persistence/store-open-error.js';
import { withClient, type FreshDatabase } from '../../support/postgres.js';
import { fact, parsed, scene, seqsOf, settled, tick, typesOf, upTo } from './scene.js';

const OTHERS = 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()';

/** What only a server can be asked: several processes, connections that break, newer schemas, bytes that changed. */
export function postgresOnly(fresh: () => Promise<FreshDatabase>): void {
  describe('a store on a server', () => {
    let database: FreshDatabase;
    const opened: Store[] = [];
    const open = async (exclusive: boolean, url = database.url) => {
      const store = await openPostgresStore({ url, exclusive, onFault: () => undefined });
      opened.push(store);
      return store;
    };
    beforeAll(async () => {
      database = await fresh();
    });
    afterAll(() => Promise.all(opened.map((store) => store.control.close())));

    it('lets the older attempt write nothing, whichever process holds it', async () => {
      const [one, two] = [await open(false), await open(false)];
      const s = scene(one);
      const stalled = await s.start();
      expect(await two.inbox.release(stalled)).toBe(true);
      const taken = await two.inbox.claim(stalled.sessionId, tick());
      expect(taken?.turn.attempt).toBe(2);
      expect(await one.inbox.append(stalled, [fact(stalled, 'tool-called')])).toBe('stale');
      expect(await one.inbox.checkpoint(stalled, { text: 'late', settled: 0 })).toBe(false);
      expect(await one.inbox.finish(stalled, s.end(stalled), true)).toBe('stale');
      if (taken === null) throw new Error('expected the second attempt');
      settled(await two.inbox.finish(taken.turn, s.end(taken.turn), false));
      expect(typesOf(await s.events(stalled.sessionId))).toEqual(['message-accepted', 'turn-started', 'turn-started', 'turn-completed']);
    });

    it('numbers and claims without a gap or a double when two processes write to the same sessions', async () => {
      const [one, two] = [await open(false), await open(false)];
      const s = scene(one);
      const sessions = await Promise.all(Array.from({ length: 5 }, () => s.newSession()));
      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, index) => {
          const request = s.request({ sessionId: sessions[index % 5] ?? '', clientId: `c${Math.floor(index / 10) * 5 + (index % 5)}` });
          return (index % 10 < 5 ? one : two).inbox.accept(request);
        }),
      );
      expect(outcomes.filter((outcome) => outcome.kind === 'accepted')).toHaveLength(100);
      expect(outcomes.filter((outcome) => outcome.kind === 'duplicate')).toHaveLength(100);
      for (const session of sessions) expect(seqsOf(await s.events(session))).toEqual(upTo(20));
    });

    it('keeps a second process away and names the first', async () => {
      const { url } = await fresh();
      const first = await open(true, url);
      const refused = openPostgresStore({ url, exclusive: true, onFault: () => undefined });
      await expect(refused).rejects.toThrow(StoreOpenError);
      await expect(refused).rejects.toThrow(new RegExp(`in use by process ${process.pid} on .+ since \\d{4}-`));
      await first.control.close();
      await (await open(true, url)).control.probe();
    });

    it('tells a broken connection, leaves nothing half-written, and goes on by itself', async () => {
      const { url } = await fresh();
      const store = await open(true, url);
      const s = scene(store);
      const sessionId = await s.newSession();
      await s.accept({ sessionId });
      const outcome = await withClient(url, async (client) => {
        await client.query('BEGIN');
        await client.query('SELECT FROM parley.sessions WHERE id = $1 FOR UPDATE', [sessionId]);
        const blocked = store.inbox.accept(s.request({ sessionId, clientId: 'again' })).catch((error: unknown) => error);
        // By a connection of its own: within one transaction the answer stays what it was at first.
        await expect
          .poll(async () => (await withClient(url, (looking) => looking.query(`${OTHERS} AND wait_event_type = 'Lock'`))).rowCount)
          .toBe(1);
        await client.query(`SELECT pg_terminate_backend(pid) FROM (${OTHERS}) AS others`);
        await client.query('COMMIT');
        return await blocked;
      });
      expect(outcome).toBeInstanceOf(StorageError);
      expect(seqsOf(await s.events(sessionId))).toEqual([1]);
      const again = await store.inbox.accept(s.request({ sessionId, clientId: 'again' }));
      expect(again).toMatchObject({ kind: 'accepted', accepted: { seq: 2 } });
      await store.control.probe();
    });

    it('refuses a schema that a newer version made', async () => {
      const { url } = await fresh();
      await (await openPostgresStore({ url, exclusive: true, onFault: () => undefined })).control.close();
      await withClient(url, (client) => client.query('INSERT INTO parley.migrations (version) VALUES (999)'));
      const refused = openPostgresStore({ url, exclusive: true, onFault: () => undefined });
      await expect(refused).rejects.toThrow(StoreOpenError);
      await expect(refused).rejects.toThrow(/schema version 999/);
    });

    it('says in one line why a database cannot be used, without the password', async () => {
      const url = new URL(database.url);
      url.pathname = '/parley_is_not_here';
      url.password = 'a-secret-of-ours';
      const failed = await openPostgresStore({ url: url.href, exclusive: true, onFault: () => undefined }).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(StoreOpenError);
      expect(String(failed)).toMatch(/parley_is_not_here/);
      expect(String(failed)).not.toMatch(/a-secret-of-ours|\n/);
    });

    it('never shows an event whose bytes changed; a turn of such a message starts marked as damaged', async () => {
      const store = await open(false);
      const s = scene(store);
      const { accepted } = await s.accept({ content: 'pay 10' });
      const running = await s.start();
      const waiting = await s.accept({ sessionId: running.sessionId, content: 'pay 10' });
      const tampering = "UPDATE parley.events SET json = replace(json, 'pay 10', 'pay 99') WHERE session_id = ANY($1)";
      await withClient(database.url, (client) => client.query(tampering, [[accepted.sessionId, running.sessionId]]));
      await expect(s.events(accepted.sessionId)).rejects.toThrow(StorageError);
      await expect(store.history.message(accepted.messageId, s.reach)).rejects.toThrow(StorageError);
      const claimed = await store.inbox.claim(accepted.sessionId, tick());
      expect(claimed?.turn).toMatchObject({ turnId: accepted.turnId, author: s.author, content: '', damaged: true });
      const finished = settled(await store.inbox.finish(running, s.end(running), true));
      expect(finished.started?.turn).toMatchObject({ content: '', damaged: true });
      expect(await store.history.turn(waiting.accepted.turnId, s.reach)).toMatchObject({ state: 'running' });
    });

    it('takes back the writes of a step that fails, and nobody else’s of the same commit', async () => {
      const store = await open(false);
      const s = scene(store);
      const sessionId = await s.newSession();
      const twice = s.request({ sessionId });
      const outcomes = await Promise.allSettled(
        [s.request({ sessionId }), twice, twice, s.request({ sessionId })].map((request) => store.inbox.accept(request)),
      );
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      expect(seqsOf(await s.events(sessionId))).toEqual([1, 2, 3]);
    });

    it('publishes the very JSON that it keeps', async () => {
      const store = await open(false);
      const s = scene(store);
      const turn = await s.start({ content: 'a\0\ud800"\\', agent: 'po"et\0' });
      await store.inbox.release(turn);
      const claimed = await store.inbox.claim(turn.sessionId, tick());
      expect(claimed?.frames).toEqual((await s.events(turn.sessionId)).slice(2));
      expect(parsed(claimed?.frames[0])).toMatchObject({ agent: 'po"et\0', attempt: 2 });
      const id = newId();
      for (const given of [fact(turn, 'tool-called', { text: '\ud800' }), { ...fact(turn, 'tool-called'), fields: {} }]) {
        expect(numberFact(writeFact(given), id, 7)).toEqual(toStoredFrame(given, id, 7));
      }
    });

    it('waits for the disk even where the server is told not to', async () => {
      const { url } = await fresh();
      const name = new URL(url).pathname.slice(1);
      await withClient(url, (client) => client.query(`ALTER DATABASE ${name} SET synchronous_commit = off`));
      const connection = new WriterConnection({ url, exclusive: false, instance: newId() });
      const pool = openPool(url);
      const waits = [{ synchronous_commit: 'on' }];
      expect((await (await connection.open()).query('SHOW synchronous_commit')).rows).toEqual(waits);
      expect((await sql`SHOW synchronous_commit`.execute(pool)).rows).toEqual(waits);
      await Promise.all([connection.close(), pool.destroy()]);
    });

    it('gives every port to the modules of the application', async () => {
      const { url } = await fresh();
      const module = await Test.createTestingModule({ imports: [await PostgresModule.open(url)] }).compile();
      for (const port of [Inbox, Sessions, History, Keys, Tokens, OperatorSessions, Notes, StoreControl]) {
        expect(module.get(port, { strict: false })).toBeInstanceOf(port);
      }
      await module.get(StoreControl, { strict: false }).close();
    });
  });
}
