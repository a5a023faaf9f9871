import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MODULE = join(import.meta.dirname, '..', '..', 'scripts', 'setup', 'node-version.mjs');

function complaint(platform: string, arch: string, version: string): string {
  const program = `import { nodeComplaint } from ${JSON.stringify(MODULE)}; process.stdout.write(String(nodeComplaint(...process.argv.slice(1))))`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program, platform, arch, version], { encoding: 'utf8', timeout: 60_000 }).stdout;
}

it.each([
  ['linux', 'x64', '20.0.0'],
  ['linux', 'arm64', '22.3.0'],
  ['darwin', 'arm64', '24.0.0'],
])('on %s %s Node %s will do', (platform, arch, version) => {
  expect(complaint(platform, arch, version)).toBe('null');
});

it.each([
  ['linux', 'x64', '18.20.0', 'Node 20'],
  ['linux', 's390x', '22.3.0', 'Node 24'],
  ['darwin', 'arm64', '22.3.0', 'Node 24'],
])('on %s %s Node %s is refused in one line that asks for %s', (platform, arch, version, needed) => {
  expect(complaint(platform, arch, version)).toMatch(new RegExp(`^Parley needs ${needed} or newer [^\\n]+$`));
});
