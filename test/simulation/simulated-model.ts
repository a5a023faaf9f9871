import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { z } from 'zod';
import type { Model } from '../../src/orchestrator/models/model.js';
import { defineSkill, type Skill } from '../../src/orchestrator/skills/skill.js';
import type { Attempt } from '../chaos/oracle.js';

/** Waits in the time of the process that asks; never comes back when that process is dead. */
export type Sleep = (ms: number) => Promise<void>;

const USAGE = { inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } };

/** What the user asked: `<kind> <marker>`, and whether the call it asks for was made. */
function asked({ prompt }: LanguageModelV4CallOptions): { kind: string; marker: string; called: boolean } {
  const last = prompt.findLastIndex(({ role }) => role === 'user');
  const content = prompt[last]?.content;
  const text = Array.isArray(content) && content[0]?.type === 'text' ? content[0].text : '';
  const [kind = '', marker = ''] = text.split(' ');
  return { kind, marker, called: prompt.slice(last).some(({ role }) => role === 'tool') };
}

/** Answers as the model server of test/chaos does. */
export class SimulatedModel implements Model {
  readonly name = 'simulated/model';

  constructor(
    private readonly sleep: Sleep,
    private readonly random: () => number,
  ) {}

  async *stream(call: LanguageModelV4CallOptions): AsyncGenerator<LanguageModelV4StreamPart> {
    const { kind, marker, called } = asked(call);
    const calls = kind === 'keyed' || kind === 'bare';
    const pieces = kind === 'long' ? [`Long ${marker}. `, ...Array.from({ length: 30 }, () => 'abcdefgh '.repeat(10))] : [calls ? (called ? 'Done ' : 'Working on ') : 'Said ', marker, calls && !called ? '. ' : '.'];
    for (const delta of pieces) {
      await this.sleep(this.random() * 60);
      yield { type: 'text-delta', id: '0', delta };
    }
    if (calls && !called) yield { type: 'tool-call', toolCallId: '1', toolName: `deliver_${kind}`, input: JSON.stringify({ marker }) };
    yield { type: 'finish', finishReason: { unified: calls && !called ? 'tool-calls' : 'stop', raw: undefined }, usage: USAGE };
  }
}

/** The service outside that skills call: keeps the keys it has seen, and counts every attempt. */
export class SimulatedReceiver {
  readonly attempts: Attempt[] = [];
  readonly #done = new Set<string>();

  /** A skill that calls it, the call and its answer taking their time. */
  skill(kind: 'keyed' | 'bare', sleep: Sleep, now: () => number, random: () => number): Skill {
    return defineSkill({
      name: `deliver_${kind}`,
      description: 'Delivers.',
      input: z.strictObject({ marker: z.string() }),
      idempotent: kind === 'keyed',
      run: async ({ marker }, { idempotencyKey }) => {
        await sleep(random() * 40);
        const effect = kind === 'bare' || !this.#done.has(idempotencyKey);
        this.#done.add(idempotencyKey);
        this.attempts.push({ marker, key: kind === 'bare' ? null : idempotencyKey, effect, at: now() });
        await sleep(random() * 40);
        return { outcome: 'ok', output: { ok: true } };
      },
    });
  }
}
