import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArithmeticError, evaluate } from '../../src/orchestrator/skills/arithmetic.js';

describe('arithmetic', () => {
  it.each([
    ['1+2*3', 7],
    ['(1+2)*3', 9],
    ['2^3^2', 512],
    ['-2^2', -4],
    ['2^-1', 0.5],
    ['10-4-3', 3],
    ['100/10/2', 5],
    ['7%4*2', 6],
    ['--3', 3],
    ['1e3 + .5', 1000.5],
    ['6 ÷ 2 × 3 − 1', 8],
  ])('%s is %d', (expression, result) => {
    expect(evaluate(expression)).toBe(result);
  });

  it.each(['', '1+', '(1', '1)', '1 2', 'a', '1+process', '2**3', '1/0', '5%0', '9^999', '(-1)^0.5', '('.repeat(500), '-'.repeat(500) + '1', '1+'.repeat(1000) + '1'])(
    'refuses %j with a reason',
    (expression) => {
      expect(() => evaluate(expression)).toThrow(ArithmeticError);
    },
  );

  it('agrees with JavaScript on whole numbers', () => {
    const number = fc.integer({ min: 0, max: 1000 }).map(String);
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 5 },
        number,
        fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression')).map(([left, sign, right]) => `(${left} ${sign} ${right})`),
      ),
    }));
    fc.assert(
      fc.property(expression, (given) => {
        fc.pre(given.length <= 1024);
        const expected = Number(new Function(`return ${given}`)());
        expect(evaluate(given)).toBe(Number(expected.toPrecision(15)));
      }),
    );
  });

  it('never fails in another way than with its own reason', () => {
    const sign = fc.constantFrom(...'0123456789.+-*/%^() eE×÷−');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 60 }), (signs) => {
        try {
          expect(Number.isFinite(evaluate(signs.join('')))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ArithmeticError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
