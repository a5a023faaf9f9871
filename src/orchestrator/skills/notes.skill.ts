import { z } from 'zod';
import type { Clock, Notes } from '#libs/ports';
import { defineSkill, skillError, type Skill } from './skill.js';

const InputSchema = z.strictObject({
  action: z.enum(['add', 'list']),
  text: z.string().min(1).max(2000).optional().describe('the note; required to add one'),
});

/** Output of `add`: `{ added }`; of `list`: `{ notes [{ text, at }] }`, oldest first. */
export function notesSkill(notes: Notes, clock: Clock): Skill {
  return defineSkill({
    name: 'notes',
    description: 'Keeps short notes of this conversation and lists them.',
    input: InputSchema,
    idempotent: true,
    async run({ action, text }, { sessionId, idempotencyKey }) {
      if (action === 'list') {
        const kept = await notes.list(sessionId);
        return { outcome: 'ok', output: { notes: kept.map((note) => ({ text: note.text, at: new Date(note.at).toISOString() })) } };
      }
      if (text === undefined) return skillError('text is required to add a note');
      const added = await notes.add(sessionId, idempotencyKey, { text, at: clock.now() });
      return added ? { outcome: 'ok', output: { added: text } } : skillError('this conversation holds as many notes as it may');
    },
  });
}
