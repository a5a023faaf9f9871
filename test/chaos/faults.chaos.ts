import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { smallDisk } from '../support/small-disk.js';
import { Trial } from './harness/trial.js';
import { brokenPromises } from './verdict.js';

/** Room for the store and twice the size at which its log is written back. */
const DISK_MIB = 48;
const BALANCER_HOLDS_MS = 5_000;
const RESTARTS = 20;
/** A machine on which a start takes longer than this is at other work: from then on the balancer is patient, and it is told. */
const START_MS = 2_000;
const PATIENT_MS = 60_000;
/** What a restart waits before it drains, out of what the balancer holds a request for; by far longer than a word of readiness counts. */
const PRE_DRAIN_MS = 1_500;
const READY_COUNTS_MS = 300;
const SERVED_WITHIN_MS = 2 * PATIENT_MS;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

async function keepsItsPromises(): Promise<void> {
  expect(await trial?.quiet()).toEqual([]);
  const verdict = await trial?.judge();
  expect(verdict === undefined ? ['no verdict'] : brokenPromises(verdict)).toEqual([]);
}

describe('nothing is lost and nothing happens twice', () => {
  it('when the process is stopped for a while and goes on', async () => {
    const running = (trial = await Trial.begin({ clients: 4 }));
    await running.underLoad(async () => {
      for (let n = 0; n < 3; n += 1) {
        await delay(300);
        running.gateway?.signal('SIGSTOP');
        await delay(1500);
        running.gateway?.signal('SIGCONT');
      }
    });
    await keepsItsPromises();
  });

  it.each(['reset', 'drop'] as const)('when all connections are cut again and again (%s)', async (how) => {
    const running = (trial = await Trial.begin({ clients: 4 }));
    await running.underLoad(async () => {
      for (let n = 0; n < 6; n += 1) {
        await delay(running.between(100, 700));
        running.line.cut(how);
      }
    });
    await keepsItsPromises();
  });

  it.each(['delayed', 'half-open', 'trickle'] as const)('when the line is %s for a while', async (state) => {
    const running = (trial = await Trial.begin({ clients: 3 }));
    await running.underLoad(async () => {
      await delay(300);
      running.line.state = state;
      await delay(3000);
      running.line.state = 'clear';
      running.line.cut('drop');
      await delay(300);
    });
    await keepsItsPromises();
  });

  it('when the clock jumps, forwards and back, also over a crash', async () => {
    const running = (trial = await Trial.begin({ clients: 4 }));
    await running.underLoad(async () => {
      for (const clockOffsetMs of [3_600_000, -3_600_000, 86_400_000, 0]) {
        running.jumpClock(clockOffsetMs);
        await delay(500);
      }
      running.jumpClock(7_200_000);
      await delay(300);
      await running.kill();
      await running.start();
      await delay(300);
    });
    await keepsItsPromises();
  });

  it('when every message is sent twenty times at once', async () => {
    const running = (trial = await Trial.begin({ clients: 1, kinds: ['keyed'] }));
    const admin = running.admin();
    for (let n = 1; n <= 5; n += 1) {
      const id = `flood-${n}`;
      running.oracle.intends({ id, kind: 'keyed', socket: 'flood' });
      const answers = await Promise.all(Array.from({ length: 20 }, () => admin.send({ id, content: `keyed ${id}`, agent: 'chaos' }, { waitSeconds: 30 })));
      for (const accepted of answers) running.oracle.acknowledged(id, accepted);
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    }
    await keepsItsPromises();
  });

  it(`when one node is restarted twenty times behind a balancer that holds requests for up to ${BALANCER_HOLDS_MS / 1000} seconds: none fails`, async () => {
    const running = (trial = await Trial.begin({ clients: 0, settings: { SHUTDOWN_PRE_DRAIN_MS: String(PRE_DRAIN_MS) } }));
    const { line } = running;
    line.mayPass = isReady;
    line.mayPassForMs = READY_COUNTS_MS;
    line.holdMs = BALANCER_HOLDS_MS;
    const restart = async () => {
      const exitCode = await running.terminate();
      await running.start();
      if ((running.readyMs.at(-1) ?? 0) > START_MS) line.holdMs = PATIENT_MS;
      return exitCode;
    };
    await restart();
    const failures: string[] = [];
    const accepted = new Map<number, number>();
    const stop = new AbortController();
    const sendAll = async (sender: number) => {
      for (let n = 1; !stop.signal.aborted; n += 1) {
        const id = `b${sender}-${n}`;
        running.oracle.intends({ id, kind: 'keyed', socket: id });
        const headers = { Authorization: `Bearer ${running.adminKey}`, 'Content-Type': 'application/json', Connection: 'close' };
        const body = JSON.stringify({ id, content: `keyed ${id}`, agent: 'chaos' });
        try {
          const response = await fetch(`${line.url}/api/v1/messages`, { method: 'POST', headers, body });
          if (response.status === 202) {
            running.oracle.acknowledged(id, await response.json());
            accepted.set(sender, n);
          } else failures.push(`${id}: ${response.status} ${await response.text()}`);
        } catch (error) {
          failures.push(`${id}: ${String(error)} ${error instanceof Error ? String(error.cause) : ''}`);
        }
        await delay(20);
      }
    };
    const senders = [1, 2, 3].map(sendAll);
    const exitCodes: (number | null)[] = [];
    const restartMs: number[] = [];
    let impatient = 0;
    for (let count = 0; count < RESTARTS; count += 1) {
      // A request is held over one restart: the next comes when each sender was served again.
      const before = new Map(accepted);
      await expect.poll(() => [1, 2, 3].every((sender) => (accepted.get(sender) ?? 0) > (before.get(sender) ?? 0)), { timeout: SERVED_WITHIN_MS }).toBe(true);
      const startedAt = performance.now();
      if (line.holdMs === BALANCER_HOLDS_MS) impatient += 1;
      exitCodes.push(await restart());
      restartMs.push(performance.now() - startedAt);
    }
    stop.abort();
    await Promise.all(senders);
    const longest = Math.round(Math.max(...restartMs));
    console.log(`longest time from SIGTERM to ready: ${longest} ms, of these ${PRE_DRAIN_MS} ms before it drains; over ${impatient} of ${RESTARTS} restarts requests were held for no longer than ${BALANCER_HOLDS_MS} ms`);
    await delay(1000);
    expect(failures).toEqual([]);
    expect(new Set(exitCodes)).toEqual(new Set([0]));
    await keepsItsPromises();
  });

  it('when the disk is full for a while: refused until there is space, and nothing accepted is lost', async ({ skip }) => {
    const disk = smallDisk(DISK_MIB);
    if (disk === null) return skip('mounting a tmpfs is not allowed here');
    try {
      const running = (trial = await Trial.begin({ clients: 2, dataDir: disk.path }));
      await running.underLoad(async () => {
        await delay(500);
        const filledAt = Date.now();
        disk.fill();
        await delay(1500);
        disk.free();
        running.oracle.storeFailed(filledAt, Date.now());
        await delay(1500);
      });
      await keepsItsPromises();
      expect(running.gateway?.running).toBe(true);
    } finally {
      await trial?.end();
      trial = null;
      disk.remove();
    }
  });
});

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).status === 200;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
