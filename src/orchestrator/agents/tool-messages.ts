import type { JSONValue, LanguageModelV4ToolCallPart, LanguageModelV4ToolResultOutput, LanguageModelV4ToolResultPart } from '@ai-sdk/provider';
import type { SkillResult } from '../skills/skill.js';

export interface Call {
  readonly callId: string;
  readonly skill: string;
  readonly input: unknown;
}

/** A call as the model is reminded of it. */
export function toolCallPart(call: Call): LanguageModelV4ToolCallPart {
  return { type: 'tool-call', toolCallId: call.callId, toolName: call.skill, input: call.input };
}

/** What came of a call, as the model is told it. */
export function toolResultPart(call: Call, result: SkillResult): LanguageModelV4ToolResultPart {
  return { type: 'tool-result', toolCallId: call.callId, toolName: call.skill, output: toOutput(result) };
}

function toOutput({ outcome, output }: SkillResult): LanguageModelV4ToolResultOutput {
  const value: JSONValue = JSON.parse(JSON.stringify(output) ?? 'null');
  if (outcome === 'ok') return { type: 'json', value };
  return { type: 'error-json', value };
}
