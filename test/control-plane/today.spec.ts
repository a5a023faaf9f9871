import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as newId } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import type { Author } from '#libs/contracts';
import type { ClaimedTurn } from '#libs/ports';
import { StoredTurns } from '../../src/control-plane/summary/stored-turns.js';
import { Today } from '../../src/control-plane/summary/today.js';
import { readConfig } from '../../src/config/config.js';
import { TurnNotices } from '../../src/gateway/turn-notices.js';
import { Log } from '../../src/observability/log.js';
import { openSqliteStore } from '../../src/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../src/persistence/store.js';
import { SystemClock } from '../../src/runtime/system-clock.js';

/** More than a start counts before it goes on. */
const MANY = 6500;
const AUTHOR: Author = { kind: 'key', id: 'a-key' };
const WITHIN = { timeout: 60_000 };

/** So that no midnight comes in between. */
class StandingClock extends SystemClock {
  readonly #at = super.now();

  override now(): number {
    return this.#at;
  }
}

let dataDir: string | null = null;
let store: Store | null = null;

afterEach(async () => {
  await store?.control.close();
  if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
});

async function start(tenantId: string): Promise<ClaimedTurn> {
  const outcome = await store?.inbox.accept({
    ids: { session: newId(), message: newId(), turn: newId() },
    reach: { tenantId, owner: AUTHOR },
    author: AUTHOR,
    channel: 'http',
    content: 'Hello',
    defaultAgent: 'assistant',
    at: Date.now(),
    start: true,
  });
  if (outcome?.kind !== 'accepted' || outcome.started === null) throw new Error('the message was not started');
  return outcome.started.turn;
}

async function end({ turnId, messageId, sessionId, attempt }: ClaimedTurn, state: 'completed' | 'failed'): Promise<void> {
  const fact = { type: `turn-${state}`, turnId, at: Date.now(), fields: { turnId, messageId } } as const;
  const ended = await store?.inbox.finish({ turnId, sessionId, attempt }, { state, fact }, false);
  if (ended === 'stale') throw new Error('the turn was not ended');
}

describe('the messages of today', () => {
  it('are each counted once after a start with more of them than it waits for, also those that end meanwhile', WITHIN, async () => {
    const clock = new StandingClock();
    dataDir = await mkdtemp(join(tmpdir(), 'parley-today-'));
    store = openSqliteStore(dataDir, (error) => {
      throw error;
    });
    const turns = await Promise.all(Array.from({ length: MANY }, (_, n) => start(n % 2 === 0 ? 'one' : 'other')));
    const [first, last] = [turns[0], turns.at(-1)];
    if (first === undefined || last === undefined) throw new Error('no turn was started');
    await Promise.all(turns.filter((turn) => turn !== first && turn !== last).map((turn) => end(turn, 'completed')));

    const notices = new TurnNotices();
    const today = new Today(clock, new StoredTurns(store.figures, store.inbox, new Log(readConfig({ LOG_LEVEL: 'silent' }))), notices);
    await today.begin();
    for (const turn of [first, last]) {
      const { tenantId, turnId, sessionId, agent } = turn;
      await end(turn, 'failed');
      notices.ended({ tenantId, turnId, sessionId, agent, state: 'failed', error: 'internal', firstTextMs: null });
    }
    notices.accepted('other', newId());

    const half = MANY / 2;
    await expect.poll(() => today.of('other'), WITHIN).toEqual({ messages: half + 1, completed: half - 1, failed: 1, cancelled: 0 });
    expect(today.of('one')).toEqual({ messages: half, completed: half - 1, failed: 1, cancelled: 0 });
  });
});
