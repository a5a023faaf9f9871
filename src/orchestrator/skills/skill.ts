import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { z } from 'zod';

/** For whom and under which key a skill is called. */
export interface SkillContext {
  readonly tenantId: string;
  readonly sessionId: string;
  readonly turnId: string;
  /** `<turnId>:<step>`, the same at every attempt of the same call. */
  readonly idempotencyKey: string;
  /** Aborted when the turn ends or the call is out of time. */
  readonly signal: AbortSignal;
}

/** What a model is told about a call; `output` is JSON. */
export interface SkillResult {
  readonly outcome: 'ok' | 'error' | 'denied';
  readonly output: unknown;
}

/** Something an agent can do. */
export interface Skill {
  readonly tool: LanguageModelV4FunctionTool;
  /** True when a repeat under the same key does no more than the first call did; only then is a doubtful call repeated. */
  readonly idempotent: boolean;
  /** Input that does not fit is an `error` result; what the skill throws is the caller's to report. */
  call(input: unknown, context: SkillContext): Promise<SkillResult>;
}

export interface SkillDefinition<Schema extends z.ZodType> {
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  readonly input: Schema;
  readonly idempotent: boolean;
  run(input: z.output<Schema>, context: SkillContext): SkillResult | Promise<SkillResult>;
}

/** Makes a skill whose input is checked by the schema that the model is shown. */
export function defineSkill<Schema extends z.ZodType>(definition: SkillDefinition<Schema>): Skill {
  const inputSchema: LanguageModelV4FunctionTool['inputSchema'] = JSON.parse(
    JSON.stringify(z.toJSONSchema(definition.input, { target: 'draft-7', io: 'input' })),
  );
  return {
    tool: { type: 'function', name: definition.name, description: definition.description, inputSchema },
    idempotent: definition.idempotent,
    async call(input, context) {
      const parsed = definition.input.safeParse(input);
      if (!parsed.success) return skillError(z.prettifyError(parsed.error));
      return definition.run(parsed.data, context);
    },
  };
}

export function skillError(message: string): SkillResult {
  return { outcome: 'error', output: { error: message } };
}
