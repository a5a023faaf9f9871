import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled to the last byte. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves not a byte of room. */
  fill(): void;
  /** Gives the room back. */
  free(): void;
  remove(): void;
}

/** A tmpfs of `megabytes`; null where mounts are not allowed. */
export function smallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path]).status !== 0) {
    rmSync(path, { recursive: true });
    return null;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    remove: () => {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
    },
  };
}

function fill(file: string): void {
  const out = openSync(file, 'a');
  try {
    for (let size = 65_536; size >= 1; ) {
      try {
        if (writeSync(out, Buffer.alloc(size, 1)) < size) size = Math.ceil(size / 2);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        size = size === 1 ? 0 : Math.ceil(size / 2);
      }
    }
  } finally {
    closeSync(out);
  }
}
