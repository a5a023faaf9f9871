import { afterEach, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { Inbox, StorageError } from '#libs/ports';
import { Log } from '../../src/observability/log.js';
import { COMPLETED, ScriptedAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';

const PIECES = 50;
/** Long enough that each piece would be kept at once. */
const PIECE = 'x'.repeat(2048);

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

it('a turn whose text cannot be kept says so once, however much it says, and is answered', async () => {
  let tries = 0;
  const talker = new ScriptedAgent('talker', async function* () {
    for (let piece = 0; piece < PIECES; piece += 1) {
      yield { type: 'text', text: PIECE };
      await new Promise((resolve) => setImmediate(resolve));
    }
    yield COMPLETED;
  });
  started = await startGateway({}, { agents: [talker] });
  started.app.get(Inbox).checkpoint = async () => {
    tries += 1;
    throw new StorageError('no room on the disk');
  };
  const told: string[] = [];
  started.app.get(Log).warn = (message) => void told.push(message);
  const sent = await new ParleyClient({ url: started.url, apiKey: ADMIN_KEY }).send({ content: 'talk', agent: 'talker' }, { waitSeconds: 30 });
  expect(sent.reply?.content).toHaveLength(PIECES * PIECE.length);
  expect(tries).toBeGreaterThan(0);
  expect(told).toEqual(['the text of a turn could not be kept; trying again']);
});
