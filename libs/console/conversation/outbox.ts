import type { Content, Problem } from '#libs/contracts';
import { problemIn } from '#libs/client';

/** A message that was typed and is not yet known to be on the gateway's disk. */
export interface PendingMessage {
  /** The idempotency id: the same at every attempt. */
  readonly id: string;
  /** Null while its conversation has no session yet. */
  readonly sessionId: string | null;
  /** Which unbegun conversation it belongs to, until that has a session. */
  readonly draft: string | null;
  readonly content: Content;
  /** Why the gateway did not take it; null while it is on its way. */
  readonly refusal: Problem | null;
}

const STORAGE_KEY = 'parley.outbox';
const WRITER_KEY = 'parley.outbox.writer';
const LIMIT = 20;

/** Keeps unacknowledged messages in order, over reloads of this tab too. Holds at most 20. */
export class Outbox {
  #messages: readonly PendingMessage[];

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#messages = read(storage);
  }

  get messages(): readonly PendingMessage[] {
    return this.#messages;
  }

  /** False when it is full; then nothing was added. */
  add(message: PendingMessage): boolean {
    if (this.#messages.length >= LIMIT) return false;
    this.#write([...this.#messages, message]);
    return true;
  }

  /** The oldest one that waits to be sent. */
  next(): PendingMessage | null {
    return this.#messages.find((message) => message.refusal === null) ?? null;
  }

  remove(id: string): void {
    if (this.#messages.some((message) => message.id === id)) this.#write(this.#messages.filter((message) => message.id !== id));
  }

  refuse(id: string, refusal: Problem): void {
    this.#write(this.#messages.map((message) => (message.id === id ? { ...message, refusal } : message)));
  }

  /** Sends a refused one again under the same id. */
  retry(id: string): void {
    this.#write(this.#messages.map((message) => (message.id === id ? { ...message, refusal: null } : message)));
  }

  /** A conversation has begun: the messages that wait for it go into its session. */
  bind(draft: string, sessionId: string): void {
    this.#write(this.#messages.map((message) => (message.draft === draft ? { ...message, draft: null, sessionId } : message)));
  }

  /** Says who writes now; what somebody else wrote in this tab is dropped, so that it is not said in another's name. */
  writtenBy(who: string): void {
    if (this.storage.getItem(WRITER_KEY) !== who) this.clear();
    this.storage.setItem(WRITER_KEY, who);
  }

  clear(): void {
    this.#write([]);
  }

  #write(messages: readonly PendingMessage[]): void {
    this.#messages = messages;
    this.storage.setItem(STORAGE_KEY, JSON.stringify(messages));
  }
}

function read(storage: Pick<Storage, 'getItem'>): PendingMessage[] {
  const text = storage.getItem(STORAGE_KEY);
  if (text === null) return [];
  const found: unknown = parseOrNull(text);
  return Array.isArray(found) ? found.filter(isPendingMessage).slice(0, LIMIT) : [];
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isPendingMessage(value: unknown): value is PendingMessage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'sessionId' in value &&
    isTextOrNull(value.sessionId) &&
    'draft' in value &&
    isTextOrNull(value.draft) &&
    'content' in value &&
    (typeof value.content === 'string' || Array.isArray(value.content)) &&
    'refusal' in value &&
    (value.refusal === null || problemIn(value.refusal) !== null)
  );
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
