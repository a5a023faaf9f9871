import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StorageError, type AcceptOutcome, type AcceptRequest } from '#libs/ports';
import { openPostgresStore } from '../../../src/persistence/postgres/postgres-store.js';
import type { Store } from '../../../src/persistence/store.js';
import { withClient, type FreshDatabase } from '../../support/postgres.js';
import { relayTo, type Relay } from '../../support/relay.js';
import { scene, seqsOf, upTo } from './scene.js';

const PRODUCERS = 20;
const MESSAGES_EACH = 15;
const CUT_AFTER = 40;
/** Ended connections that a read may meet: no pool holds more. */
const MET_AT_MOST = 20;

/** What a store does while its server goes away and comes back. */
export function postgresOutages(fresh: () => Promise<FreshDatabase>): void {
  describe('a store whose server goes away', () => {
    let database: FreshDatabase;
    let relay: Relay;
    let store: Store;
    beforeAll(async () => {
      database = await fresh();
      const url = new URL(database.url);
      relay = await relayTo(url.hostname, Number(url.port || '5432'));
      url.host = `127.0.0.1:${relay.port}`;
      url.searchParams.set('query_timeout', '2000');
      store = await openPostgresStore({ url: url.href, exclusive: true, onFault: () => undefined });
    });
    afterAll(async () => {
      await store.control.close();
      await relay.close();
    });

    it('loses and doubles nothing when connections break again and again under load and clients repeat', async () => {
      const s = scene(store);
      const sessionId = await s.newSession();
      let answered = 0;
      let cuts = 0;
      // One after another: a cut ends all connections but its own, that of another cut too.
      let cutting: Promise<unknown> = Promise.resolve();
      const published = new Set<number>();
      const send = async (request: AcceptRequest): Promise<AcceptOutcome> => {
        for (;;) {
          try {
            return await store.inbox.accept(request, (outcome) => {
              if (outcome.kind === 'accepted') for (const seq of seqsOf(outcome.frames)) published.add(seq);
            });
          } catch (error) {
            if (!(error instanceof StorageError)) throw error;
          }
        }
      };
      const produce = async (producer: number) => {
        for (let message = 0; message < MESSAGES_EACH; message += 1) {
          const outcome = await send(s.request({ sessionId, clientId: `${producer}/${message}` }));
          expect(outcome.kind).not.toBe('refused');
          answered += 1;
          if (answered % CUT_AFTER !== 0) continue;
          cuts += 1;
          cutting = cutting.then(() => withClient(database.url, endOthers));
        }
      };
      await Promise.all(Array.from({ length: PRODUCERS }, (_, producer) => produce(producer)));
      await cutting;
      expect(cuts).toBeGreaterThan(5);
      expect(seqsOf(await patiently(() => s.events(sessionId)))).toEqual(upTo(PRODUCERS * MESSAGES_EACH));
      expect([...published]).toEqual([...published].toSorted((a, b) => a - b));
    });

    it('says so while the server is away, and works when it is back', async () => {
      const s = scene(store);
      relay.cut();
      await expect(store.inbox.accept(s.request())).rejects.toThrow(StorageError);
      await expect(store.control.probe()).rejects.toThrow(StorageError);
      await expect(store.sessions.list(s.reach, { limit: 1 })).rejects.toThrow(StorageError);
      relay.mend();
      await store.control.probe();
      expect((await store.inbox.accept(s.request())).kind).toBe('accepted');
      expect(await store.sessions.list(s.reach, { limit: 1 })).toMatchObject({ items: [{ lastSeq: 1 }] });
    });

    it('waits for a silent server no longer than its deadline; the message that was under way is there once', async () => {
      const s = scene(store);
      const sessionId = await s.newSession();
      relay.silence();
      const request = s.request({ sessionId, clientId: 'c' });
      await expect(store.inbox.accept(request)).rejects.toThrow(StorageError);
      await expect(store.history.events(sessionId, 0, 1)).rejects.toThrow(StorageError);
      relay.speak();
      const again = await store.inbox.accept(request);
      expect(['accepted', 'duplicate']).toContain(again.kind);
      expect(seqsOf(await s.events(sessionId))).toEqual([1]);
    });
  });
}

async function endOthers(client: { query(sql: string): Promise<unknown> }): Promise<void> {
  const others = 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()';
  await client.query(`SELECT pg_terminate_backend(pid) FROM (${others}) AS others`);
}

/** A read may meet connections that were ended a moment ago, one after another. */
async function patiently<Result>(read: () => Promise<Result>): Promise<Result> {
  for (let left = MET_AT_MOST; ; left -= 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StorageError) || left === 0) throw error;
    }
  }
}
