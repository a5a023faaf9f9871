import { failure } from '#libs/contracts';
import { ok, refused, type Outcome } from './outcome.js';

const MAX_DEPTH = 64;
const SUSPECT_KEY = /__proto__|constructor|"length"|\\u/;

/**
 * Reads JSON from outside. Refuses with `validation_failed` what is malformed, nested deeper than 64 levels,
 * or names a key that reaches a prototype (`__proto__`, `constructor.prototype`) or pretends to be a length.
 */
export function parseJson(text: string): Outcome<unknown> {
  if (!opensAtMost(text, MAX_DEPTH) && deeperThan(text, MAX_DEPTH)) return refused(failure('validation_failed', `The JSON is nested deeper than ${MAX_DEPTH} levels.`));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return refused(failure('validation_failed', 'This is not well-formed JSON.'));
    throw error;
  }
  if (SUSPECT_KEY.test(text) && isTreacherous(value)) {
    return refused(failure('validation_failed', 'The JSON has a key that is not allowed: __proto__, constructor.prototype, or length with an object.'));
  }
  return ok(value);
}

/** What opens so seldom cannot be deeper, and most messages open a handful of times. */
function opensAtMost(text: string, limit: number): boolean {
  let opened = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      opened += 1;
      if (opened > limit) return false;
    }
  }
  return true;
}

function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** zod compares the `length` of whatever it is given, and a `length` like `{"toString":0}` throws when it is compared. */
function isTreacherous(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(isTreacherous);
  if (Object.hasOwn(value, '__proto__')) return true;
  return Object.entries(value).some(([key, inner]: [string, unknown]) => {
    const isObject = typeof inner === 'object' && inner !== null;
    return (isObject && (key === 'length' || (key === 'constructor' && Object.hasOwn(inner, 'prototype')))) || isTreacherous(inner);
  });
}
