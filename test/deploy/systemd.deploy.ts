import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SettingsSchema } from '../../src/config/settings.js';
import { fileOf } from './manifests.js';

const UNIT = fileOf('deploy/systemd/parley.service');

describe('the systemd unit', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-unit-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What `systemd-analyze verify` says of a unit; the program's path is that of the Node that is here. */
  function findings(unit: string): string {
    const path = join(folder, 'parley.service');
    writeFileSync(path, unit.replace('/usr/bin/node', process.execPath));
    const { stdout, stderr, error } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8', timeout: 30_000 });
    if (error !== undefined) throw error;
    return stdout + stderr;
  }

  it('has no finding of systemd-analyze', () => {
    expect(findings(UNIT)).toBe('');
  });

  it('would be found out', () => {
    expect(findings(UNIT.replace('Restart=on-failure', 'Restart=sometimes'))).toMatch(/restart specifier/);
  });

  it('is shut in', () => {
    const path = join(folder, 'parley.service');
    writeFileSync(path, UNIT);
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', path], { encoding: 'utf8', timeout: 30_000 });
    const [, exposure] = /Overall exposure level for parley\.service: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(exposure)).toBeLessThan(2.5);
  });

  it('gives the shutdown its time and does not start a wrong setting again', () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(UNIT) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(SettingsSchema.parse({}).SHUTDOWN_TOTAL_MS);
    expect(UNIT).toMatch(/^RestartPreventExitStatus=78$/m);
  });
});
