import { existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '#libs/contracts';
import { failed, good, warning } from './check.js';

const NEEDED_NODE = 24;
const MIB = 1024 * 1024;
const SCARCE_BYTES = 1024 * MIB;
const TOO_LITTLE_BYTES = 64 * MIB;
/** Far beyond what is copied into the database at a time: something keeps it from being copied. */
const LARGE_LOG_BYTES = 256 * MIB;
/** Clocks are moved by hand or by a machine that slept; less is drift that time servers smooth out. */
const CLOCK_SLACK_MS = 60_000;

/** What of the machine a gateway stands on: Node, room on the disk, the clock against the files. */
export function hostChecks(dataDir: string, now: number): Check[] {
  return [nodeCheck(), diskCheck(dataDir), logCheck(dataDir), clockCheck(dataDir, now)].filter((check) => check !== null);
}

function nodeCheck(): Check {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= NEEDED_NODE) return good('node', `Node ${node}`);
  return failed('node', `Node ${node} is too old`, `use Node ${NEEDED_NODE} or newer; npm start brings it along on Linux x64 and arm64`);
}

function diskCheck(dataDir: string): Check {
  if (!existsSync(dataDir)) return good('disk', `${dataDir} is not there yet; the first start makes it`);
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  const detail = `${Math.floor(free / MIB)} MiB free in ${dataDir}`;
  if (free < TOO_LITTLE_BYTES) return failed('disk', detail, 'make room; until then messages are refused with storage_unavailable');
  if (free < SCARCE_BYTES) return warning('disk', detail, 'make room, or set RETENTION_DAYS, before messages are refused');
  return good('disk', detail);
}

function logCheck(dataDir: string): Check | null {
  const log = join(dataDir, 'parley.db-wal');
  if (!existsSync(log)) return null;
  const bytes = statSync(log).size;
  const detail = `${Math.floor(bytes / MIB)} MiB of changes wait to be copied into the database`;
  if (bytes < LARGE_LOG_BYTES) return good('log', detail);
  return warning('log', detail, 'a long backup or another program that reads parley.db keeps it from shrinking; it shrinks at a restart');
}

function clockCheck(dataDir: string, now: number): Check {
  const moved = now - (performance.timeOrigin + performance.now());
  if (Math.abs(moved) > CLOCK_SLACK_MS) {
    return warning('clock', `it was moved by ${Math.round(moved / 1000)} s while this process ran`, 'let a time server set the clock of this machine');
  }
  const file = join(dataDir, 'parley.db');
  const ahead = existsSync(file) ? statSync(file).mtimeMs - now : 0;
  if (ahead > CLOCK_SLACK_MS) {
    return warning('clock', `it is ${Math.round(ahead / 1000)} s behind the last write of the database`, 'let a time server set the clock of this machine');
  }
  return good('clock', new Date(now).toISOString());
}
