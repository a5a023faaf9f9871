import { z } from 'zod';
import { AuthorSchema } from './principal.js';

const time = z.iso.datetime({ precision: 3 });

export const UsageQuerySchema = z.object({ period: z.enum(['day', 'month']).default('day') });
export type UsageQueryOptions = z.infer<typeof UsageQuerySchema>;

const amounts = {
  calls: z.int().nonnegative().describe('times a model was asked'),
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  costUsd: z.number().nonnegative().nullable().describe('null where no price is known'),
};

/** What models were used for since the UTC day or month began. */
export const UsageReportSchema = z
  .object({
    period: z.enum(['day', 'month']),
    from: time,
    to: time,
    scope: z.enum(['own', 'tenant']).describe('own: only the caller; tenant: all of the tenant, for those who may read the control plane'),
    budget: z
      .object({
        tokensPerDay: z.int().positive(),
        usedToday: z.int().nonnegative(),
        reserved: z.int().nonnegative().describe('tokens that calls under way hold'),
        usdPerDay: z.number().positive().nullable().describe('null: no limit in money'),
        usedUsdToday: z.number().nonnegative(),
        reservedUsd: z.number().nonnegative(),
      })
      .describe("the caller's own"),
    prices: z.string().describe('which month the prices are of'),
    totals: z.object(amounts),
    days: z
      .array(z.object({ date: z.iso.date(), model: z.string(), ...amounts }))
      .describe('by UTC day and model, the oldest day first'),
    items: z.array(z.object({ principal: AuthorSchema, agent: z.string(), model: z.string(), ...amounts })).describe('the most tokens first'),
    complete: z.boolean().describe('false when there are more items than are shown'),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof UsageReportSchema>;
