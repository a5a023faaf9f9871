import { expect, it } from 'vitest';
import { isNotSampled } from '../../src/observability/tracing/traceparent.js';

it.each([
  [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`, true],
  [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-fe`, true],
  [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, false],
  [`00-${'0'.repeat(32)}-${'b'.repeat(16)}-00`, false],
  [`00-${'a'.repeat(32)}-${'0'.repeat(16)}-00`, false],
  [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00-more`, false],
  [`00-${'A'.repeat(32)}-${'b'.repeat(16)}-00`, false],
  ['', false],
])('a traceparent says that its trace is not sampled only when it is one: %s', (text, said) => {
  expect(isNotSampled(text)).toBe(said);
});
