import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { createApp, listen } from '../../src/create-app.js';
import { SessionQueue } from '../../src/gateway/session-queue.js';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';
import { deafAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway } from '../support/start-gateway.js';

/** Tries to start there; resolves with what it was told and whether turns might have begun. */
async function startAt(settings: Record<string, string>): Promise<{ error: unknown; resumed: boolean }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-test-'));
  const config = readConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...settings });
  const app = await createApp(config);
  let resumed = false;
  const queue = app.get(SessionQueue);
  const resume = queue.resume.bind(queue);
  queue.resume = () => {
    resumed = true;
    resume();
  };
  try {
    const error: unknown = await listen(app, config).then(
      () => null,
      (told: unknown) => told,
    );
    return { error, resumed };
  } finally {
    await app.get(Lifecycle).shutdown();
    await rm(dataDir, { recursive: true, force: true });
  }
}

describe('an address that cannot be listened on', () => {
  it('is a wrong setting when another program is there, and no turn has begun by then', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { error, resumed } = await startAt({ PORT: String(port) });
    other.close();
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toHaveProperty('lines', [expect.stringMatching(/^PORT: another program/)]);
    expect(resumed).toBe(false);
  });

  it.each([
    ['192.0.2.1', /^HOST: this machine has no such address/],
    ['no such host', /^HOST: /],
  ])('is a wrong setting when HOST is %s', async (host, line) => {
    const { error } = await startAt({ HOST: host, PORT: '0' });
    expect(error).toHaveProperty('lines', [expect.stringMatching(line)]);
  });
});

describe('a port that the gateway chooses', () => {
  it('is known when a turn ends before any door is open', async () => {
    const before = await startGateway({ SHUTDOWN_DRAIN_MS: '100' }, { agents: [deafAgent('worker')] });
    const { messageId } = await new ParleyClient({ url: before.url, apiKey: ADMIN_KEY }).send({ content: 'cut off too often', agent: 'worker' });
    await before.stop({ keepData: true });
    const db = new DatabaseSync(join(before.dataDir, 'parley.db'));
    db.exec("UPDATE turns SET state = 'running', attempt = 3");
    db.close();
    const gateway = await startGateway({}, { dataDir: before.dataDir });
    const { status, error } = await new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY }).message(messageId);
    await gateway.stop();
    expect(status).toBe('failed');
    expect(error?.type).toBe(`${gateway.url}/docs/errors#execution_failed`);
  });

  it('gives way to another when a program took it meanwhile', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parley-test-'));
    const config = readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
    const app = await createApp(config);
    const taken = config.port;
    const other = createServer().listen(taken, '127.0.0.1');
    await once(other, 'listening');
    const url = await listen(app, config);
    const answer = await fetch(`${url}/health`);
    await app.get(Lifecycle).shutdown();
    other.close();
    await rm(dataDir, { recursive: true, force: true });
    expect(answer.status).toBe(200);
    expect(url).toBe(`http://127.0.0.1:${config.port}`);
    expect(config.port).not.toBe(taken);
  });
});
