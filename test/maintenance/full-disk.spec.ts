import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyClient, ParleySocket, ProblemError } from '#libs/client';
import type { Problem } from '#libs/contracts';
import { awakeTime } from '../support/awake-time.js';
import { echoAgent, GatedAgent } from '../support/scripted-agent.js';
import { smallDisk } from '../support/small-disk.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const BACK_WITHIN_MS = 5000;

const disk = smallDisk(24);
if (disk === null) console.log('The full disk was not tried: mounting a tmpfs is not allowed here');

describe.runIf(disk !== null)('when the disk is full', () => {
  let gateway: StartedGateway;
  let parley: ParleyClient;
  let socket: ParleySocket;
  const gated = new GatedAgent('gated', 'half', ' and the rest');
  const accepted: string[] = [];

  beforeAll(async () => {
    gateway = await startGateway({ LOG_LEVEL: 'silent' }, { agents: [echoAgent(), gated], dataDir: disk?.path ?? '' });
    parley = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
    socket = new ParleySocket({ url: gateway.url, credential: { apiKey: ADMIN_KEY } });
  });
  afterAll(async () => {
    disk?.free();
    socket.close();
    await gateway.stop({ keepData: true });
    disk?.remove();
  });

  it('messages are refused for now on every door and the gateway is not ready; nothing accepted is lost, and with room it is back by itself', async () => {
    const running = await parley.send({ content: 'runs over the outage', agent: 'gated' });
    const { sessionId } = running;
    accepted.push(running.messageId, (await parley.send({ sessionId, content: 'waits over the outage', agent: 'echo' })).messageId);
    await until('it runs', async () => (await parley.message(running.messageId)).status === 'running');

    disk?.fill();
    await until('the first refusal', async () => (await refusal(() => keep(parley.send({ content: 'x'.repeat(20_000), agent: 'echo' })))) !== null);
    expect(await refusal(() => keep(parley.send({ id: 'again', content: 'x'.repeat(20_000), agent: 'echo' })))).toMatchObject({
      code: 'storage_unavailable',
      status: 503,
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
    expect(await refusal(() => keep(socket.send({ content: 'x'.repeat(20_000), agent: 'echo' })))).toMatchObject({ code: 'storage_unavailable', retryable: true });
    const answer = await fetch(`${gateway.url}/api/v1/messages`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ content: 'x'.repeat(20_000), agent: 'echo' }),
    });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await until('it says that it is not ready', async () => (await ready()).status === 503);
    expect(await (await ready()).json()).toMatchObject({ status: 'unavailable', checks: { database: { status: 'down' } } });
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    expect((await parley.message(running.messageId)).status).toBe('running');
    gated.open();

    disk?.free();
    const sinceFreed = awakeTime();
    await until('it is ready', async () => (await ready()).status === 200);
    await until('it accepts', async () => (await refusal(() => keep(parley.send({ id: 'again', content: 'x'.repeat(20_000), agent: 'echo' })))) === null);
    expect(sinceFreed()).toBeLessThan(BACK_WITHIN_MS);

    for (const id of accepted) await until('each accepted message is answered', async () => (await parley.message(id)).status === 'completed');
    const repeated = await parley.send({ id: 'again', content: 'x'.repeat(20_000), agent: 'echo' });
    expect(repeated).toMatchObject({ duplicate: true, messageId: accepted.at(-1) });
    expect(await endsIn(sessionId)).toEqual(['turn-completed', 'turn-completed']);
  });

  async function keep(sent: Promise<{ messageId: string }>): Promise<void> {
    accepted.push((await sent).messageId);
  }

  function ready(): Promise<Response> {
    return fetch(`${gateway.url}/health/ready`);
  }

  async function endsIn(sessionId: string): Promise<string[]> {
    const ends: string[] = [];
    for await (const event of parley.sessionEvents(sessionId, 0)) {
      if (event.type === 'turn-completed' || event.type === 'turn-failed' || event.type === 'turn-cancelled') ends.push(event.type);
      if (ends.length === 2) break;
    }
    return ends;
  }
});

async function refusal(send: () => Promise<void>): Promise<Problem | null> {
  try {
    await send();
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await delay(50);
  }
}
