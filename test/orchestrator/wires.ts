import { readConfig } from '../../src/config/config.js';
import type { Agent } from '../../src/orchestrator/agents/agent.js';
import { defaultAgent } from '../../src/orchestrator/default-agent.js';
import type { ProviderDeadlines } from '../../src/orchestrator/providers/provider-model.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { anthropicWire } from '../support/providers/anthropic.wire.js';
import { chatCompletionsWire } from '../support/providers/chat-completions.wire.js';
import { responsesWire } from '../support/providers/responses.wire.js';
import type { Wire } from '../support/providers/wire.js';
import type { Road } from './road.js';

/** Every provider that `AGENT_MODEL` may name, by the prefix. */
export const WIRES: readonly (readonly [string, Wire])[] = [
  ['openai', responsesWire],
  ['anthropic', anthropicWire],
  ['openai-compatible', chatCompletionsWire],
];

export const KEY = 'sk-test-SECRET0123456789';

/** The default agent as the settings for this provider make it, with deadlines a test can wait for. */
export function agentOn(wire: Wire, url: string, road: Road, deadlines: Partial<ProviderDeadlines> = {}): Agent {
  const config = readConfig({ AGENT_MODEL: wire.model, ...wire.settings(url, KEY) });
  const { history, notes } = road.store;
  return defaultAgent({ config, history, notes, clock: new SystemClock() }, { answerMs: 5000, stallMs: 5000, thinkMs: 5000, retryWaitMs: 1000, ...deadlines });
}
