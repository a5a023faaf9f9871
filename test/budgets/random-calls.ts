import fc from 'fast-check';
import type { ModelCall } from '#libs/ports';
import type { TokenBudgets } from '../../src/throttling/token-budgets.js';
import { reserved } from './budgets-under-test.js';

/** What can be done with calls of models: any of them, in any order. A step of a call that is not open does nothing. */
export function stepsOf(models: readonly string[]) {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('reserve' as const), input: fc.integer({ min: 0, max: 20_000 }), model: fc.constantFrom(...models) }),
    fc.record({ kind: fc.constant('grow' as const), which: fc.nat(), output: fc.integer({ min: 0, max: 40_000 }) }),
    fc.record({ kind: fc.constant('settle' as const), which: fc.nat(), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant('release' as const), which: fc.nat() }),
  );
  return fc.array(step, { maxLength: 60 });
}

type Step = ReturnType<typeof stepsOf> extends fc.Arbitrary<(infer One)[]> ? One : never;

/** Does the steps one after another and asks `afterEach` behind each; what is open at the end is released, and what was used is written. */
export async function play(budgets: TokenBudgets, steps: readonly Step[], afterEach: () => Promise<void>): Promise<void> {
  const open: { readonly call: ModelCall; readonly input: number; output: number }[] = [];
  for (const step of steps) {
    if (step.kind === 'reserve') {
      const call = await reserved(budgets, step.input, step.model);
      if (call !== null) open.push({ call, input: step.input, output: 0 });
    } else {
      const at = open.length === 0 ? -1 : step.which % open.length;
      const held = open[at];
      if (held === undefined) continue;
      if (step.kind === 'grow') {
        if (held.call.grew(step.output)) held.output = Math.max(held.output, step.output);
      } else {
        open.splice(at, 1);
        if (step.kind === 'release') held.call.release();
        else held.call.settle({ inputTokens: held.input, outputTokens: Math.floor(held.output * step.share) });
      }
    }
    await afterEach();
  }
  for (const { call } of open) call.release();
  await budgets.flush();
}
