import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyClient, ParleySocket, type Sent } from '#libs/client';
import type { GatewayEvent } from '#libs/contracts';
import { Retention } from '../../src/maintenance/retention.js';
import { echoAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('with RETENTION_DAYS', () => {
  let gateway: StartedGateway;
  let parley: ParleyClient;
  let old: Sent;
  let young: Sent;

  beforeAll(async () => {
    const before = await startGateway({}, { agents: [echoAgent()] });
    const then = new ParleyClient({ url: before.url, apiKey: ADMIN_KEY });
    old = await then.send({ id: 'old', content: 'long ago', agent: 'echo' }, { waitSeconds: 30 });
    young = await then.send({ content: 'just now', agent: 'echo' }, { waitSeconds: 30 });
    await before.stop({ keepData: true });
    const db = new DatabaseSync(join(before.dataDir, 'parley.db'));
    db.prepare('UPDATE events SET at = at - ? WHERE session = (SELECT number FROM sessions WHERE id = ?)').run(31 * DAY_MS, old.sessionId);
    db.close();
    gateway = await startGateway({ RETENTION_DAYS: '30' }, { agents: [echoAgent()], dataDir: before.dataDir });
    parley = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
    expect(await gateway.app.get(Retention).run()).toBe(3);
  });
  afterAll(() => gateway.stop());

  it('what an old session said is gone, the session is still listed, others keep all', async () => {
    await expect(parley.message(old.messageId)).rejects.toMatchObject({ problem: { code: 'not_found' } });
    expect((await parley.messages(old.sessionId)).items).toEqual([]);
    expect((await parley.sessions()).items.map(({ id }) => id)).toEqual([young.sessionId, old.sessionId]);
    expect((await parley.session(old.sessionId)).lastSeq).toBe(3);
    expect((await parley.message(young.messageId)).reply?.content).toBe('just now');
    expect(await gateway.app.get(Retention).run()).toBe(0);
  });

  it('a reader over SSE that asks for what is gone hears history-lost first, then what comes', async () => {
    const heard = firstEvents(parley.sessionEvents(old.sessionId, 1), 2);
    await parley.send({ sessionId: old.sessionId, content: 'again', agent: 'echo' }, { waitSeconds: 30 });
    expect(await heard).toMatchObject([
      { type: 'history-lost', sessionId: old.sessionId, firstSeq: 4 },
      { type: 'message-accepted', seq: 4, content: 'again' },
    ]);
  });

  it('a reader over Socket.IO is told in the ack and by history-lost', async () => {
    const socket = new ParleySocket({ url: gateway.url, credential: { apiKey: ADMIN_KEY } });
    try {
      const joined = await socket.join(old.sessionId, 0);
      expect(joined).toMatchObject({ historyLost: true, firstSeq: 4 });
      const heard = await firstEvents(socket.events, 2, (event) => event.type !== 'connected');
      expect(heard).toMatchObject([{ type: 'history-lost', firstSeq: 4 }, { type: 'message-accepted', seq: 4 }]);
    } finally {
      socket.close();
    }
  });
});

async function firstEvents(events: AsyncIterable<GatewayEvent>, count: number, wanted: (event: GatewayEvent) => boolean = () => true): Promise<GatewayEvent[]> {
  const heard: GatewayEvent[] = [];
  for await (const event of events) {
    if (wanted(event)) heard.push(event);
    if (heard.length === count) break;
  }
  return heard;
}
