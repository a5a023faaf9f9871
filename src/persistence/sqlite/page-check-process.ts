import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, Worker } from 'node:worker_threads';

// Reads and checks all pages of the file that is named, and writes what it found to another: page-check-process FILE VERDICT
// It runs beside the gateway whose store that is, behind whoever else wants the machine, and ends with it: then its stdin closes.
// The check stands in a thread of its own, since nothing is heard while it runs. Imports nothing of ours: tests run it as it stands here.

const BUSY_TIMEOUT_MS = 5_000;
const LOW_PRIORITY = 10;
const [file = '', verdict = ''] = process.argv.slice(2);

/** `ok`, or what is wrong. */
function found(): string {
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    return String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

if (isMainThread) {
  setPriority(LOW_PRIORITY);
  process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
  process.stdin.resume();
  new Worker(new URL(import.meta.url), { argv: [file, verdict] }).once('exit', () => process.exit());
} else writeFileSync(verdict, `${found()}\n`);
