import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const TOOL = process.env['PROMTOOL'] ?? 'promtool';
const isHere = spawnSync(TOOL, ['--version'], { timeout: 60_000 }).status === 0;

function promtool(args: readonly string[], input = ''): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(TOOL, args, { input, encoding: 'utf8', timeout: 60_000 });
  return { status, said: `${stdout}${stderr}`.trim() };
}

describe.runIf(isHere)("Prometheus' own tool", () => {
  let gateway: StartedGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('finds nothing to say about what is scraped, lint included', async () => {
    const headers = { 'x-api-key': ADMIN_KEY, 'content-type': 'application/json', prefer: 'wait=30' };
    await fetch(`${gateway.url}/api/v1/messages`, { method: 'POST', headers, body: JSON.stringify({ content: '/echo x' }) });
    const text = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' });
  });

  it('takes the rules for alerts', () => {
    const { status, said } = promtool(['check', 'rules', join(import.meta.dirname, '..', '..', 'deploy', 'prometheus', 'alerts.yml')]);
    expect(said).toMatch(/SUCCESS: \d+ rules found/);
    expect(status).toBe(0);
  });
});
