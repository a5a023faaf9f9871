import { z } from 'zod';

const time = z.iso.datetime({ precision: 3 });
const name = z.string().min(1).max(128);

/** Chosen by whoever makes the tenant; it stands in addresses. */
export const TenantIdSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9 and -, without - at its ends');

/** Model tokens in a UTC day; null: no limit besides that of each principal. */
export const TenantLimitsSchema = z.object({
  tokensPerDay: z.int().positive().nullable().describe('of all in the tenant together'),
  agentTokensPerDay: z.int().positive().nullable().describe('of each agent in the tenant'),
  sessionTokensPerDay: z.int().positive().nullable().describe('of each session'),
});
export type TenantLimits = z.infer<typeof TenantLimitsSchema>;

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
