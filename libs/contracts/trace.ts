import { z } from 'zod';
import { IdSchema } from './ids.js';
import { TurnStateSchema } from './turn-state.js';

/** What can happen in the life of a message. */
const TRACE_STEPS = ['accepted', 'queued', 'started', 'phase', 'tool-called', 'tool-finished', 'completed', 'failed', 'cancelled', 'delivery'] as const;

/** One step in the life of a message: when, how long after the step before, and why. Holds nothing of what was said. */
const TraceStepSchema = z
  .object({
    step: z.enum(TRACE_STEPS),
    at: z.iso.datetime({ precision: 3 }),
    sinceMs: z.int().nonnegative().describe('Since the step before'),
    detail: z.string().describe('By which channel, by which agent in which attempt, which skill with which outcome, to whom'),
    reason: z.string().optional().describe('Why it waited, started again, failed, or was cancelled'),
  })
  .meta({ id: 'TraceStep' });
export type TraceStep = z.infer<typeof TraceStepSchema>;

/** The life of a message, from its acceptance on. */
export const TraceSchema = z
  .object({ messageId: IdSchema, turnId: IdSchema, sessionId: IdSchema, status: TurnStateSchema, steps: z.array(TraceStepSchema) })
  .meta({ id: 'Trace' });
export type Trace = z.infer<typeof TraceSchema>;
