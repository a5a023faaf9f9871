import type { LanguageModelV4ToolResultOutput, LanguageModelV4ToolResultPart } from '@ai-sdk/provider';
import { z } from 'zod';

export const HELP_REPLY = `I am Parley's built-in agent: I answer without any language model.

To connect a real model, set AGENT_MODEL and its key, then start Parley again:

  OpenAI:      AGENT_MODEL=openai/<model>  OPENAI_API_KEY=<key>
  Anthropic:   AGENT_MODEL=anthropic/<model>  ANTHROPIC_API_KEY=<key>
  Any server that speaks OpenAI's chat API (Ollama, vLLM, llama.cpp, …):
               AGENT_MODEL=openai-compatible/<model>  OPENAI_COMPATIBLE_BASE_URL=http://127.0.0.1:11434/v1
               and OPENAI_COMPATIBLE_API_KEY=<key> when it wants one

OPENAI_BASE_URL and ANTHROPIC_BASE_URL point to another address of the same API.

Until then I can do this:

  /echo TEXT        answers with TEXT
  what is 12*(3+4)  sums
  what time is it   the time, also "in Europe/Berlin"
  note buy milk     keeps a note of this conversation
  notes             lists the notes
`;

export const OTHER_REPLY =
  'I am the built-in agent and no language model is connected, so I cannot answer that. I can echo, do sums, tell the time and keep notes. Send /help to see how, and how to connect a real model.';

const SumSchema = z.object({ result: z.number() });
const TimeSchema = z.object({ now: z.string(), timeZone: z.string(), local: z.string() });
const AddedSchema = z.object({ added: z.string() });
const NotesSchema = z.object({ notes: z.array(z.object({ text: z.string(), at: z.string() })) });
const ErrorSchema = z.object({ error: z.string() });

/** Says what a skill found out. */
export function replyTo(call: { readonly toolName: string; readonly input: unknown }, result: LanguageModelV4ToolResultPart): string {
  const value = valueOf(result.output);
  if (call.toolName === 'calculator') {
    const sum = SumSchema.safeParse(value);
    const expression = z.object({ expression: z.string() }).safeParse(call.input);
    if (sum.success && expression.success) return `${expression.data.expression} = ${sum.data.result}`;
  }
  if (call.toolName === 'clock') {
    const time = TimeSchema.safeParse(value);
    if (time.success) return `It is ${time.data.local} (${time.data.now}).`;
  }
  if (call.toolName === 'notes') {
    const added = AddedSchema.safeParse(value);
    if (added.success) return `Noted: ${added.data.added}`;
    const list = NotesSchema.safeParse(value);
    if (list.success) return notesReply(list.data.notes.map((note) => note.text));
  }
  const failed = ErrorSchema.safeParse(value);
  return `I could not do that: ${failed.success ? failed.data.error : `the skill ${call.toolName} gave no answer I understand`}.`;
}

function notesReply(notes: readonly string[]): string {
  if (notes.length === 0) return 'There are no notes in this conversation yet. Send "note" and what to keep.';
  return notes.map((note, index) => `${index + 1}. ${note}`).join('\n');
}

function valueOf(output: LanguageModelV4ToolResultOutput): unknown {
  return 'value' in output ? output.value : null;
}
