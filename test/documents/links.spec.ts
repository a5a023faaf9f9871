import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((path) => existsSync(join(ROOT, path)));

/** The part of a heading's address behind `#`, as forges make it. */
function anchorsOf(markdown: string): Set<string> {
  const withoutCode = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const headings = [...withoutCode.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')));
}

function brokenLinksOf(path: string, markdown: string): string[] {
  const withoutCode = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const targets = [...withoutCode.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = '', anchor] = target.split('#', 2);
    const found = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file);
    if (!existsSync(found)) return true;
    if (anchor === undefined || !found.endsWith('.md')) return false;
    return !anchorsOf(readFileSync(found, 'utf8')).has(anchor) && !readFileSync(found, 'utf8').includes(`id="${anchor}"`);
  });
}

it.each(DOCUMENTS)('%s links to what is there', (path) => {
  expect(brokenLinksOf(path, readFileSync(join(ROOT, path), 'utf8'))).toEqual([]);
});

it('a broken link is found', () => {
  expect(brokenLinksOf('README.md', '[a](docs/nothing.md) [b](docs/concepts.md#nothing) [c](docs/concepts.md#the-words)')).toEqual(['docs/nothing.md', 'docs/concepts.md#nothing']);
});
