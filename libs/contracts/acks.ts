import { z } from 'zod';
import { IdSchema } from './ids.js';
import { ProblemSchema } from './problem.js';
import { SummarySchema } from './summary.js';
import { TurnStateSchema } from './turn-state.js';

/** The answer to `send-message`: given only after the message is on disk. `seq` is that of `message-accepted`. */
export const AcceptedSchema = z
  .object({
    messageId: IdSchema,
    turnId: IdSchema,
    sessionId: IdSchema,
    seq: z.int().positive(),
    duplicate: z.boolean(),
    status: TurnStateSchema,
  })
  .meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof AcceptedSchema>;

/** The answer to `cancel-turn`: the state in which the turn ended. */
export const CancelledSchema = z.object({ state: TurnStateSchema }).meta({ id: 'Cancelled' });
export type Cancelled = z.infer<typeof CancelledSchema>;

/** The answer to `join-session`. */
export const JoinedSchema = z
  .object({ lastSeq: z.int().nonnegative(), historyLost: z.literal(true).optional(), firstSeq: z.int().positive().optional() })
  .meta({ id: 'Joined' });
export type Joined = z.infer<typeof JoinedSchema>;

/** The answer to `watch-gateway`: how it stands now. */
export const WatchingSchema = z.object({ summary: SummarySchema }).meta({ id: 'Watching' });
export type Watching = z.infer<typeof WatchingSchema>;

export const RefusedAckSchema = z.object({ ok: z.literal(false), error: ProblemSchema }).meta({ id: 'RefusedAck' });

/** What a socket command is answered with. */
export type Ack<Result extends object> = ({ ok: true } & Result) | z.infer<typeof RefusedAckSchema>;
