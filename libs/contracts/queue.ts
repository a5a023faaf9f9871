import { z } from 'zod';
import { IdSchema } from './ids.js';
import { AuthorSchema } from './principal.js';

/** A turn that has not ended: it waits or runs. */
export const OpenTurnSchema = z
  .object({
    turnId: IdSchema,
    messageId: IdSchema,
    sessionId: IdSchema,
    author: AuthorSchema,
    agent: z.string(),
    state: z.enum(['queued', 'running', 'parked']).describe('`parked`: it waits until its agent is deployed or started'),
    attempt: z.int().nonnegative(),
    acceptedAt: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'OpenTurn' });
export type OpenTurnView = z.infer<typeof OpenTurnSchema>;
