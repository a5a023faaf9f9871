import type { ClaimedTurn } from '#libs/ports';
import { failpoint } from '../../observability/failpoint.js';
import { untilAborted } from '../until-aborted.js';
import { skillError, type Skill, type SkillResult } from './skill.js';

const OUTPUT_CHARACTERS = 32 * 1024;

/** Calls skills of one agent: within a deadline, with bounded output, and never one that is not on its list. */
export class SkillRunner {
  private readonly byName: ReadonlyMap<string, Skill>;

  constructor(
    skills: readonly Skill[],
    private readonly deadlineMs = 30_000,
  ) {
    this.byName = new Map(skills.map((skill) => [skill.tool.name, skill]));
  }

  find(name: string): Skill | null {
    return this.byName.get(name) ?? null;
  }

  /** What goes wrong inside a skill is an `error` result; rejects only when `signal` is aborted, without waiting for the skill. */
  async run(name: string, input: unknown, step: number, turn: ClaimedTurn, signal: AbortSignal): Promise<SkillResult> {
    signal.throwIfAborted();
    const skill = this.find(name);
    if (skill === null) return { outcome: 'denied', output: { error: `this agent has no skill named ${name.slice(0, 128)}` } };
    const call = new AbortController();
    const onAbort = (): void => call.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => call.abort(new SkillTimeout(this.deadlineMs)), this.deadlineMs);
    const { tenantId, sessionId, turnId } = turn;
    const context = { tenantId, sessionId, turnId, idempotencyKey: `${turnId}:${step}`, signal: call.signal };
    try {
      failpoint('skill.before-call');
      const result = await untilAborted(skill.call(input, context), call.signal);
      failpoint('skill.after-call');
      return bounded(result);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SkillTimeout) return skillError(error.message);
      return skillError(`the skill failed: ${error instanceof Error ? error.name : 'unknown error'}`);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

class SkillTimeout extends Error {
  constructor(deadlineMs: number) {
    super(`the skill did not answer within ${deadlineMs} ms; it may have done its work`);
    this.name = 'SkillTimeout';
  }
}

function bounded(result: SkillResult): SkillResult {
  const json = JSON.stringify(result.output) ?? 'null';
  if (json.length <= OUTPUT_CHARACTERS) return result;
  return { outcome: result.outcome, output: { truncated: true, text: json.slice(0, OUTPUT_CHARACTERS).toWellFormed() } };
}
