import { z } from 'zod';
import type { Clock } from '#libs/ports';
import { defineSkill, skillError, type Skill } from './skill.js';

/** Output: `{ now, timeZone, local }`; `now` is ISO 8601 UTC, `local` the same instant in words of that zone. */
export function clockSkill(clock: Clock): Skill {
  return defineSkill({
    name: 'clock',
    description: 'Tells the present date and time. Use it whenever the answer depends on now.',
    input: z.strictObject({ timeZone: z.string().min(1).max(64).optional().describe('IANA time zone such as Europe/Berlin; UTC when absent') }),
    idempotent: true,
    run({ timeZone = 'UTC' }) {
      const now = new Date(clock.now());
      try {
        const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone }).format(now);
        return { outcome: 'ok', output: { now: now.toISOString(), timeZone, local } };
      } catch (error) {
        if (error instanceof RangeError) return skillError(`"${timeZone}" is not a time zone`);
        throw error;
      }
    },
  });
}
