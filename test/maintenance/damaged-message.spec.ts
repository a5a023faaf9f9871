import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { ParleyClient, ProblemError } from '#libs/client';
import { echoAgent, GatedAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
});

it('a waiting message that the disk gives back changed ends as failed once, and the ones behind it are answered', async () => {
  const before = await startGateway({}, { agents: [new GatedAgent('echo', 'begun', 'never')] });
  const parley = new ParleyClient({ url: before.url, apiKey: ADMIN_KEY });
  const first = await parley.send({ content: 'first', agent: 'echo' });
  const { sessionId } = first;
  const broken = await parley.send({ sessionId, content: 'the truth', agent: 'echo' });
  const last = await parley.send({ sessionId, content: 'last', agent: 'echo' });
  await before.stop({ keepData: true });
  tamper(before.dataDir, "UPDATE events SET json = replace(json, 'the truth', 'the trugh')");

  gateway = await startGateway({ LOG_LEVEL: 'silent' }, { agents: [echoAgent()], dataDir: before.dataDir });
  const after = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  const end = await after.send({ sessionId, content: 'behind', agent: 'echo' }, { waitSeconds: 30 });
  expect(end.reply?.content).toBe('behind');
  expect((await after.message(first.messageId)).status).toBe('completed');
  expect((await after.message(last.messageId)).reply?.content).toBe('last');
  await expect(after.message(broken.messageId)).rejects.toThrow(ProblemError);
  const kept = new DatabaseSync(join(gateway.dataDir, 'parley.db'), { readOnly: true });
  const ends = kept.prepare("SELECT json FROM events WHERE turn_id = ? AND type LIKE 'turn-%' ORDER BY seq").all(broken.turnId);
  kept.close();
  const told = ends.map((row): unknown => JSON.parse(String(row['json'])));
  expect(told).toMatchObject([
    { type: 'turn-started', attempt: 1 },
    { type: 'turn-failed', error: { code: 'execution_failed', detail: 'the stored message is damaged' } },
  ]);
});

function tamper(dataDir: string, sql: string): void {
  const db = new DatabaseSync(join(dataDir, 'parley.db'));
  db.exec(sql);
  db.close();
}
