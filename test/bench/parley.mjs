import { DatabaseSync } from 'node:sqlite';
import { Agent } from '../../dist/src/orchestrator/agents/agent.js';
import { readConfig } from '../../dist/src/config/config.js';
import { createApp, listen } from '../../dist/src/create-app.js';
import { reportUsage } from './report-usage.mjs';

// The product as it is built, with two agents of the bench beside its own: one that echoes in this process, one that never answers.

class EchoAgent extends Agent {
  name = 'echo';

  async *run(turn) {
    yield { type: 'text', text: turn.content };
    yield { type: 'completed', model: 'bench/echo', usage: { inputTokens: 0, outputTokens: 0 } };
  }
}

class SilentAgent extends Agent {
  name = 'silent';

  async *run() {
    await new Promise(() => undefined);
  }
}

let commits = 0;
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  if (sql === 'COMMIT') commits += 1;
  return exec.call(this, sql);
};

const config = readConfig({
  PORT: '0',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_PER_HOUR: '1000000000',
  TOKENS_PER_DAY: '1000000000',
  ...process.env,
});
const app = await createApp(config, { agents: [new EchoAgent(), new SilentAgent()] });
reportUsage(await listen(app, config), () => commits);
