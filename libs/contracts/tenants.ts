import { z } from 'zod';
import { UsdSchema } from './usd.js';

const time = z.iso.datetime({ precision: 3 });
const name = z.string().min(1).max(128);

/** Chosen by whoever makes the tenant; it stands in addresses. */
export const TenantIdSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9 and -, without - at its ends');

/** Of all in the tenant together, where nothing else is said; null: no limit besides that of each principal. Days are UTC days. */
export const TenantLimitsSchema = z.object({
  messagesPerMinute: z.int().positive().nullable(),
  messagesPerHour: z.int().positive().nullable(),
  turnsAtOnce: z.int().positive().nullable().describe('turns that were accepted and have not ended, waiting ones included'),
  connections: z.int().positive().nullable().describe('sockets and event streams that are open at once'),
  tokensPerDay: z.int().positive().nullable().describe('model tokens'),
  agentTokensPerDay: z.int().positive().nullable().describe('of each agent in the tenant'),
  sessionTokensPerDay: z.int().positive().nullable().describe('of each session'),
  usdPerDay: UsdSchema.nullable().describe('US dollars for models, to the millionth'),
  agentUsdPerDay: UsdSchema.nullable().describe('of each agent in the tenant'),
  sessionUsdPerDay: UsdSchema.nullable().describe('of each session'),
});
export type TenantLimits = z.infer<typeof TenantLimitsSchema>;

export const NO_TENANT_LIMITS: TenantLimits = {
  messagesPerMinute: null,
  messagesPerHour: null,
  turnsAtOnce: null,
  connections: null,
  tokensPerDay: null,
  agentTokensPerDay: null,
  sessionTokensPerDay: null,
  usdPerDay: null,
  agentUsdPerDay: null,
  sessionUsdPerDay: null,
};

export const TenantSchema = z.object({ id: TenantIdSchema, name: z.string(), limits: TenantLimitsSchema, createdAt: time }).meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof TenantSchema>;

export const CreateTenantSchema = z
  .strictObject({ id: TenantIdSchema, name, limits: TenantLimitsSchema.partial().strict().optional() })
  .meta({ id: 'CreateTenant' });
export type CreateTenant = z.infer<typeof CreateTenantSchema>;

/** Only what is named changes. */
export const UpdateTenantSchema = CreateTenantSchema.omit({ id: true }).partial().meta({ id: 'UpdateTenant' });
export type UpdateTenant = z.infer<typeof UpdateTenantSchema>;

export const ErasedUserSchema = z.object({ sessions: z.int().nonnegative().describe('how many were erased') }).meta({ id: 'ErasedUser' });
export type ErasedUser = z.infer<typeof ErasedUserSchema>;
