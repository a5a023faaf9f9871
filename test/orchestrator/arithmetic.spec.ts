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
    const number = fc.integer({ min: 0, max: 1000 }).map((value) => ({ text: String(value), value }));
    const signs = { '+': (a: number, b: number) => a + b, '-': (a: number, b: number) => a - b, '*': (a: number, b: number) => a * b };
    const { sum } = fc.letrec<{ sum: { text: string; value: number } }>((tie) => ({
      sum: fc.oneof(
        { maxDepth: 5 },
        number,
        fc.tuple(tie('sum'), fc.constantFrom<keyof typeof signs>('+', '-', '*'), tie('sum')).map(([left, sign, right]) => ({
          text: `(${left.text} ${sign} ${right.text})`,
          value: signs[sign](left.value, right.value),
        })),
      ),
    }));
    fc.assert(
      fc.property(sum, ({ text, value }) => {
        fc.pre(text.length <= 1024);
        expect(evaluate(text)).toBe(Number(value.toPrecision(15)));
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
