import { spawnSync } from 'node:child_process';
import { hasTool } from './support/outside-tools.js';
import { postgresUrl } from './support/postgres.js';

/** Says, after the last test, what did not run here and how it would; with `PARLEY_REQUIRE_POSTGRES` or `…_PYTHON` a lack fails the run. */
export default async function whatIsLeftOut(): Promise<() => void> {
  const lacks: string[] = [];
  if ((await postgresUrl()) === null) {
    if (process.env['PARLEY_REQUIRE_POSTGRES'] !== undefined) throw new Error('PARLEY_REQUIRE_POSTGRES is set, and no PostgreSQL server answers.');
    lacks.push('the PostgreSQL side: no server at 127.0.0.1:5432 (set TEST_DATABASE_URL to use another)');
  }
  if (!hasTool('python3')) {
    if (process.env['PARLEY_REQUIRE_PYTHON'] !== undefined) throw new Error('PARLEY_REQUIRE_PYTHON is set, and there is no python3 with its library.');
    lacks.push("the Python example: no python3 with its library (Debian's package python3 has both)");
  }
  if (!hasTool('curl')) lacks.push('the README conversations with curl: no curl');
  if (spawnSync(process.env['PROMTOOL'] ?? 'promtool', ['--version'], { timeout: 60_000 }).status !== 0) {
    lacks.push("Prometheus' own checks of figures and alerts: no promtool (Debian's package prometheus has it)");
  }
  lacks.push('the page in a browser: npm run test:browser (needs Chromium)');
  if (process.env['FUZZ_CASES'] === undefined) lacks.push('bad input in bulk, 100,000 cases: npm run fuzz');
  return () => {
    process.stdout.write(`\nDid not run here:\n${lacks.map((lack) => `  - ${lack}\n`).join('')}`);
  };
}
