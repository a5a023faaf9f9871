import { z } from 'zod';
import { ERROR_CODES } from './problem.js';

const time = z.iso.datetime({ precision: 3 });
const count = z.int().nonnegative();
const perSecond = z.number().nonnegative();

/** What there is and what happens now in one tenant; `today` counts by the UTC day of acceptance. */
export const SummarySchema = z
  .object({
    at: time,
    gateway: z.object({ state: z.enum(['running', 'draining']), version: z.string(), startedAt: time }),
    health: z.object({
      status: z.enum(['ok', 'degraded', 'unavailable']),
      down: z.array(z.string()).describe('names of the checks that are down'),
    }),
    today: z.object({ messages: count, completed: count, failed: count, cancelled: count }),
    rates: z
      .object({ messages: perSecond, completed: perSecond, failed: perSecond, cancelled: perSecond })
      .describe('in a second, over the last 10'),
    failures: z
      .array(z.object({ code: z.enum(ERROR_CODES), count: count.positive() }))
      .describe('turns that failed, by why, the most first: since midnight UTC, or since the gateway started when that is later'),
    turns: z.object({ queued: count, running: count, oldestQueuedAt: time.nullable().describe('when the message was accepted that waits longest') }),
    firstText: z
      .object({ count: count.positive(), p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() })
      .nullable()
      .describe('from acceptance to the first text, of turns that ended in the last 5 minutes (at most 1,024); null when there were none'),
    usage: z
      .object({ calls: count, inputTokens: count, outputTokens: count, costUsd: z.number().nonnegative().nullable().describe('null where no price is known') })
      .describe('of models, since midnight UTC'),
    sessions: count,
    connections: count,
    channels: z.array(z.object({ name: z.string(), state: z.enum(['running', 'stopped']), connections: count })),
    agents: z.object({ healthy: count, unhealthy: count, unknown: count }),
    outbox: z.object({ waiting: count, deadLetters: count }),
  })
  .meta({ id: 'Summary' });
export type Summary = z.infer<typeof SummarySchema>;
