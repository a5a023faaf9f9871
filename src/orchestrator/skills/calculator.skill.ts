import { z } from 'zod';
import { ArithmeticError, evaluate } from './arithmetic.js';
import { defineSkill, skillError, type Skill } from './skill.js';

/** Output: `{ result }`, a number. */
export function calculatorSkill(): Skill {
  return defineSkill({
    name: 'calculator',
    description: 'Works out an arithmetic expression with + - * / % ^ and brackets. Use it for every calculation.',
    input: z.strictObject({ expression: z.string().min(1).max(1024).describe('for example 12*(3+4)') }),
    idempotent: true,
    run({ expression }) {
      try {
        return { outcome: 'ok', output: { result: evaluate(expression) } };
      } catch (error) {
        if (error instanceof ArithmeticError) return skillError(error.message);
        throw error;
      }
    },
  });
}
