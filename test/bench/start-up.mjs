import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wait } from './road.mjs';

const main = new URL('../../dist/src/main.js', import.meta.url).pathname;

/** Starts the built tree: seconds to the ready line, and resident MB once it has been idle for a while. */
export async function measureStart() {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const began = performance.now();
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
      if (out.includes(' listening on ')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${out}`)));
  });
  const seconds = (performance.now() - began) / 1000;
  await wait(3);
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
  rmSync(dataDir, { recursive: true, force: true });
  return { seconds, megabytes: Number(rss?.[1] ?? Number.NaN) / 1024 };
}
