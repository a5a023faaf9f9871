import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { startGateway } from '../support/start-gateway.js';

const ROOT = join(import.meta.dirname, '..', '..');
const PRELOADED = pathToFileURL(join(import.meta.dirname, 'loaded-files.mjs')).href;
/** Some 40 now; one by one it would be 1,600. */
const FEW = 80;

const headers = { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json', prefer: 'wait=30' };

async function documentOf(url: string, name: string): Promise<unknown> {
  const text = await (await fetch(`${url}/${name}`)).text();
  return JSON.parse(text.replaceAll(new URL(url).host, 'here'));
}

describe('the built program', { timeout: 120_000 }, () => {
  let folder: string;
  let built: GatewayProcess;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-program-'));
    built = await startGatewayProcess({ NODE_OPTIONS: `--import=${PRELOADED}`, LOADED_FILES: join(folder, 'loaded') });
  }, 120_000);
  afterEach(async () => {
    if (built.running()) await built.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is the program of the sources: the same routes, schemas, permissions and events', async () => {
    const source = await startGateway();
    try {
      for (const name of ['openapi.json', 'asyncapi.json']) expect(await documentOf(built.url, name)).toEqual(await documentOf(source.url, name));
    } finally {
      await source.stop();
    }
  });

  it('is a few files, and none of its modules is loaded from a second place', async () => {
    const answer = await fetch(`${built.url}/api/v1/messages`, { method: 'POST', headers, body: JSON.stringify({ content: '/echo joined' }) });
    expect(await answer.json()).toMatchObject({ reply: { content: 'joined' } });
    expect((await fetch(`${built.url}/docs`)).status).toBe(200);
    expect(await built.stop()).toBe(0);
    const files = (await readFile(join(folder, 'loaded'), 'utf8')).split('\n').map((url) => relative(ROOT, fileURLToPath(url)).split(sep).join('/'));
    const joined = files.filter((file) => file.startsWith('dist/program/'));
    expect(files.filter((file) => !joined.includes(file))).toEqual(['dist/src/main.js', 'package.json']);
    expect(joined.length).toBeLessThan(FEW);
  });
});
