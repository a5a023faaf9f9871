import type { LanguageModelV4FilePart, LanguageModelV4Message, LanguageModelV4Prompt, LanguageModelV4TextPart } from '@ai-sdk/provider';
import { contentText, type Content, type ContentPart } from '#libs/contracts';
import type { History, Utterance } from '#libs/ports';

const PAGE = 64;
const MAX_UTTERANCES = 256;
const CHARACTERS_PER_TOKEN = 4;
/** Providers count a picture or page as hundreds of tokens whatever its bytes. */
const FILE_TOKENS = 1000;

/** How files reach the model: as they are, or only by name. */
export type FileMode = 'parts' | 'text';

/** Above every `seq` there is; what the stores count with has 32 bits. */
const NEWEST = 2 ** 31 - 1;

/**
 * What a turn whose message has `acceptedSeq` is told of its session, oldest first: the newest utterances whose estimated tokens
 * (4 characters each) fit into `tokens`. Replies to earlier messages belong to it also when they came after its own message,
 * messages that wait behind it do not. Reads from the newest backwards until the window is full: its cost does not grow with the session.
 */
export async function readConversation(history: Pick<History, 'conversation'>, sessionId: string, acceptedSeq: number, tokens: number): Promise<readonly Utterance[]> {
  const kept: Utterance[] = [];
  let left = tokens;
  let from = NEWEST;
  while (left > 0 && kept.length < MAX_UTTERANCES) {
    const page = await history.conversation(sessionId, from, PAGE);
    for (const utterance of page) {
      from = utterance.seq;
      if (utterance.role === 'user' && utterance.seq >= acceptedSeq) continue;
      left -= estimateTokens(utterance.content);
      if (left < 0 || kept.length === MAX_UTTERANCES) break;
      kept.push(utterance);
    }
    if (page.length < PAGE) break;
  }
  while (kept.at(-1)?.role === 'assistant') kept.pop();
  return kept.reverse();
}

export function toMessage(utterance: Pick<Utterance, 'role' | 'content'>, files: FileMode): LanguageModelV4Message {
  if (utterance.role === 'assistant') return { role: 'assistant', content: [{ type: 'text', text: contentText(utterance.content) }] };
  const { content } = utterance;
  if (typeof content === 'string' || files === 'text') return { role: 'user', content: [{ type: 'text', text: contentText(content) }] };
  return { role: 'user', content: content.map(toPart) };
}

function toPart(part: ContentPart): LanguageModelV4TextPart | LanguageModelV4FilePart {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const data = 'url' in part ? { type: 'url' as const, url: new URL(part.url) } : { type: 'data' as const, data: part.data };
  return { type: 'file', mediaType: part.mediaType, data, ...(part.name === undefined ? {} : { filename: part.name }) };
}

/** Tokens of a whole prompt, estimated from its texts, files and calls. */
export function estimatePrompt(prompt: LanguageModelV4Prompt): number {
  let tokens = 0;
  for (const { content } of prompt) {
    tokens += 4;
    if (typeof content === 'string') tokens += textTokens(content.length);
    else for (const part of content) tokens += partTokens(part);
  }
  return tokens;
}

/** Tokens of so many characters of text. */
export function textTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function partTokens(part: Exclude<LanguageModelV4Message['content'], string>[number]): number {
  if (part.type === 'text' || part.type === 'reasoning') return textTokens(part.text.length);
  return part.type === 'file' ? FILE_TOKENS : textTokens((JSON.stringify(part) ?? '').length);
}

function estimateTokens(content: Content): number {
  if (typeof content === 'string') return Math.ceil(content.length / CHARACTERS_PER_TOKEN) + 4;
  return content.reduce((sum, part) => sum + (part.type === 'text' ? Math.ceil(part.text.length / CHARACTERS_PER_TOKEN) : FILE_TOKENS), 4);
}
