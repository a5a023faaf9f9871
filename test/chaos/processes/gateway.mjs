import { z } from 'zod';
import { readConfig } from '../../../dist/src/config/config.js';
import { createApp, listen } from '../../../dist/src/create-app.js';
import { Lifecycle } from '../../../dist/src/lifecycle/lifecycle.js';
import { onSignals } from '../../../dist/src/lifecycle/signals.js';
import { Agent } from '../../../dist/src/orchestrator/agents/agent.js';
import { ModelAgent } from '../../../dist/src/orchestrator/agents/model-agent.js';
import { providerModel } from '../../../dist/src/orchestrator/providers/provider-models.js';
import { defineSkill } from '../../../dist/src/orchestrator/skills/skill.js';
import { SystemClock } from '../../../dist/src/runtime/system-clock.js';
import { Clock, History } from '../../../dist/libs/ports/index.js';
import { ackBeforeCommit, emitBeforeStore } from './planted-faults.mjs';

// The product as it is built, with one agent more: its model and the service that its skills call are processes of their own.

function deliverSkill(kind, idempotent) {
  return defineSkill({
    name: `deliver_${kind}`,
    description: 'Delivers.',
    input: z.strictObject({ marker: z.string() }),
    idempotent,
    async run({ marker }, { idempotencyKey, signal }) {
      const response = await fetch(`${process.env.CHAOS_RECEIVER}/${kind}`, {
        method: 'POST',
        headers: { 'Idempotency-Key': idempotencyKey, 'X-Caller': String(process.pid) },
        body: JSON.stringify({ marker }),
        signal,
      });
      return { outcome: 'ok', output: await response.json() };
    },
  });
}

/** Its history is there only when the gateway is built. */
class ChaosAgent extends Agent {
  name = 'chaos';
  inner = null;

  async *run(turn, signal) {
    if (turn.content.startsWith('deaf')) await new Promise(() => undefined);
    if (turn.content.startsWith('phased')) yield { type: 'phase-changed', phase: 'execute' };
    yield* this.inner.run({ ...turn, content: turn.content.replace('phased', 'plain') }, signal);
  }
}

class JumpingClock extends SystemClock {
  offsetMs = 0;

  now() {
    return super.now() + this.offsetMs;
  }
}

const config = readConfig(process.env);
const agent = new ChaosAgent();
const app = await createApp(config, { agents: [agent] });
const skills = [deliverSkill('keyed', true), deliverSkill('bare', false)];
const model = providerModel(config.settings);
agent.inner = new ModelAgent({ name: 'chaos', model, instructions: null, skills, historyTokens: 0, files: 'text' }, app.get(History));
if (process.env.CHAOS_PLANT === 'ack-before-commit') ackBeforeCommit();
if (process.env.CHAOS_PLANT === 'emit-before-store') emitBeforeStore(app);

const jumping = new JumpingClock();
app.get(Clock).now = () => jumping.now();
process.on('message', ({ clockOffsetMs, weigh }) => {
  if (clockOffsetMs !== undefined) jumping.offsetMs = clockOffsetMs;
  if (weigh !== true) return;
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  process.send({ kind: 'weighed', liveBytes: heapUsed + external });
});

onSignals(
  () => void app.get(Lifecycle).shutdown().then(({ clean }) => process.exit(clean ? 0 : 1)),
  () => process.exit(1),
);
const url = await listen(app, config);
process.send({ kind: 'ready', port: Number(new URL(url).port) });
process.once('disconnect', () => process.exit(0));
