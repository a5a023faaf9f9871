import type { LanguageModelV4ToolCall } from '@ai-sdk/provider';
import type { Call } from './tool-messages.js';

const MAX_NAME = 128;
const MAX_INPUT = 32 * 1024;
const MAX_DEPTH = 64;

/**
 * A call that a model asks for, under an id of ours: what providers make up is not unique in the session. Input that cannot be used is
 * `{ malformed }`, which says why or what came.
 */
export function readCall({ toolName, input }: LanguageModelV4ToolCall, callId: string): Call {
  return { callId, skill: toolName.slice(0, MAX_NAME).toWellFormed(), input: readInput(input) };
}

function readInput(json: string): unknown {
  if (json.length > MAX_INPUT) return { malformed: `longer than ${MAX_INPUT} characters` };
  try {
    const input: unknown = JSON.parse(json === '' ? '{}' : json);
    return deeperThan(input, MAX_DEPTH) ? { malformed: `nested deeper than ${MAX_DEPTH} levels` } : input;
  } catch (error) {
    if (error instanceof SyntaxError) return { malformed: json };
    throw error;
  }
}

/** JSON can be read thousands of levels deep, and not be written again. */
function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeperThan(inner, levels - 1));
}
