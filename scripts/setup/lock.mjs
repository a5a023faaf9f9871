import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from './step.mjs';

const POLL_MS = 200;
const LIMIT_MS = 30 * 60_000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The process that holds the lock; null when it is free, NaN while its owner is still writing. */
function ownerOf(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Throws a dead owner's lock away; by a rename, so that of two that see it dead one does. */
function discard(path, deadOwner) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (ownerOf(aside) === deadOwner) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** Waits until this process alone holds the lock; returns how to give it back. The lock of a process that died is taken over. */
export async function takeLock(path, waitingFor) {
  const giveUpAt = Date.now() + LIMIT_MS;
  let told = false;
  while (Date.now() < giveUpAt) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: 'wx' });
      return () => {
        if (ownerOf(path) === process.pid) rmSync(path, { force: true });
      };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(path);
    if (owner === null) continue;
    if (!Number.isNaN(owner) && !isAlive(owner)) {
      discard(path, owner);
      continue;
    }
    if (!told) waitingFor(owner);
    told = true;
    await delay(POLL_MS);
  }
  throw new StepError(`Another set-up has held ${path} for half an hour. Delete that file if none is running.`);
}
