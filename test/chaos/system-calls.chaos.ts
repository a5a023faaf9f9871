import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Trial } from './harness/trial.js';

const MESSAGES = 10;
const WRITTEN_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;
const CALLS = 'trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg';

const strace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
if (!strace) console.log('The order of system calls was not looked at: strace is not there, or may not trace (apt-get install strace)');

let trial: Trial | null = null;
let folder = '';

afterEach(async () => {
  await trial?.end();
  trial = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Sends one message after another to a gateway whose calls are traced, and says of which the acknowledgement left before its row was synced. */
async function unsynced(plant?: string): Promise<readonly string[]> {
  folder = mkdtempSync(join(tmpdir(), 'parley-system-calls-'));
  const traceFile = join(folder, 'trace');
  const under = ['strace', '-D', '-f', '-y', '-s', '16384', '-e', CALLS, '-o', traceFile, process.execPath];
  const running = (trial = await Trial.begin({ clients: 0, under, ...(plant === undefined ? {} : { plant }) }));
  if (plant !== undefined) {
    await running.terminate();
    await running.start();
  }
  const markers = Array.from({ length: MESSAGES }, (_, n) => `marked-${n + 1}-of-${MESSAGES}`);
  for (const marker of markers) await running.admin().send({ content: `plain ${marker}`, agent: 'chaos' });
  await running.terminate();
  const calls = await traced(running, traceFile);
  const acknowledged = calls.flatMap((call, index) => (call.includes('HTTP/1.1 202') ? [index] : []));
  expect(acknowledged).toHaveLength(MESSAGES);
  return markers.filter((marker, n) => {
    const before = calls.slice(0, acknowledged[n]);
    const written = before.findLastIndex((call) => call.includes('parley.db-wal') && call.includes('pwrite64') && call.includes(marker));
    const synced = before.findLastIndex((call) => /(fdatasync|fsync)(\(.*parley\.db-wal| resumed).* = 0$/.test(call));
    return written === -1 || synced < written;
  });
}

/** The calls that were traced, once the tracer has written the last one. */
async function traced(running: Trial, traceFile: string): Promise<readonly string[]> {
  const until = performance.now() + WRITTEN_WITHIN_MS;
  // strace pads process ids with spaces to five characters.
  const exited = new RegExp(`^${running.gateway?.pid} +\\+\\+\\+ exited`, 'm');
  for (;;) {
    const text = readFileSync(traceFile, 'latin1');
    if (exited.test(text)) return text.split('\n');
    if (performance.now() > until) throw new Error('the tracer did not write the end of the process');
    await delay(LOOK_EVERY_MS);
  }
}

describe.skipIf(!strace)('in the order of system calls', () => {
  it('no acknowledgement is written before the sync that covers its message', async () => {
    expect(await unsynced()).toEqual([]);
  });

  it('a gateway that acknowledges before the commit is found out', async () => {
    expect(await unsynced('ack-before-commit')).not.toEqual([]);
  });
});
