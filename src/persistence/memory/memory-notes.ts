import { Notes, type Note } from '#libs/ports';
import type { MemoryState } from './memory-state.js';

const NOTES_PER_SESSION = 100;

/** Notes of sessions in memory; they go with the session. */
export class MemoryNotes extends Notes {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    super();
    this.#state = state;
  }

  override async add(sessionId: string, idempotencyKey: string, note: Note): Promise<boolean> {
    const notes = this.#state.notes.get(sessionId) ?? new Map<string, Note>();
    if (notes.has(idempotencyKey)) return true;
    if (notes.size >= NOTES_PER_SESSION) return false;
    this.#state.notes.set(sessionId, notes.set(idempotencyKey, { text: note.text, at: note.at }));
    return true;
  }

  override async list(sessionId: string): Promise<readonly Note[]> {
    return [...(this.#state.notes.get(sessionId)?.values() ?? [])];
  }
}
