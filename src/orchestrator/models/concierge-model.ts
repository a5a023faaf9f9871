import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { understand } from './concierge-intent.js';
import { HELP_REPLY, OTHER_REPLY, replyTo } from './concierge-replies.js';

const MIN_CHUNK = 24;
const MAX_CHUNK = 4096;
const CHUNKS = 16;

type Move = { readonly text: string } | { readonly call: LanguageModelV4ToolCall };

/**
 * The embedded model: deterministic, without a network, the same answer to the same prompt. It reads the last message only.
 * Its tokens are an estimate of 4 characters each.
 */
export class ConciergeModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider = 'local';
  readonly modelId = 'concierge';
  readonly supportedUrls = {};

  async doGenerate({ prompt }: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const move = nextMove(prompt);
    const content = 'call' in move ? move.call : { type: 'text' as const, text: move.text };
    return { content: [content], finishReason: reasonOf(move), usage: usageOf(prompt, move), warnings: [] };
  }

  async doStream({ prompt }: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const move = nextMove(prompt);
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      start(controller) {
        if ('call' in move) controller.enqueue(move.call);
        else for (const delta of chunks(move.text)) controller.enqueue({ type: 'text-delta', id: '0', delta });
        controller.enqueue({ type: 'finish', usage: usageOf(prompt, move), finishReason: reasonOf(move) });
        controller.close();
      },
    });
    return { stream };
  }
}

/** Cuts a text into few pieces, none of which ends inside a surrogate pair. */
export function* chunks(text: string): Generator<string> {
  const size = Math.min(MAX_CHUNK, Math.max(MIN_CHUNK, Math.ceil(text.length / CHUNKS)));
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + size);
    const last = text.charCodeAt(to - 1);
    if (last >= 0xd800 && last <= 0xdbff && to < text.length) to += 1;
    yield text.slice(from, to);
    from = to;
  }
}

function nextMove(prompt: LanguageModelV4Prompt): Move {
  const result = toolResultOf(prompt);
  if (result !== null) return { text: result };
  const intent = understand(lastText(prompt));
  switch (intent.kind) {
    case 'echo':
      return { text: intent.text };
    case 'help':
      return { text: HELP_REPLY };
    case 'call':
      return { call: { type: 'tool-call', toolCallId: 'call', toolName: intent.skill, input: JSON.stringify(intent.input) } };
    case 'other':
      return { text: OTHER_REPLY };
  }
}

function lastText(prompt: LanguageModelV4Prompt): string {
  const last = prompt.at(-1);
  if (last?.role !== 'user') return '';
  return last.content.map((part) => (part.type === 'text' ? part.text : `[${part.filename ?? part.mediaType}]`)).join('\n');
}

function toolResultOf(prompt: LanguageModelV4Prompt): string | null {
  const last = prompt.at(-1);
  const before = prompt.at(-2);
  if (last?.role !== 'tool' || before?.role !== 'assistant') return null;
  const call = before.content.find((part) => part.type === 'tool-call');
  const result = last.content.find((part) => part.type === 'tool-result');
  return call === undefined || result === undefined ? null : replyTo(call, result);
}

function reasonOf(move: Move): LanguageModelV4FinishReason {
  return { unified: 'call' in move ? 'tool-calls' : 'stop', raw: undefined };
}

function usageOf(prompt: LanguageModelV4Prompt, move: Move): LanguageModelV4Usage {
  const said = 'call' in move ? move.call.input : move.text;
  const input = Math.ceil(lastText(prompt).length / 4);
  const output = Math.ceil(said.length / 4);
  return {
    inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: output, text: output, reasoning: undefined },
  };
}
