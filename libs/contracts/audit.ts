import { z } from 'zod';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from './resources.js';
import { AuthorSchema } from './principal.js';

const time = z.iso.datetime({ precision: 3 });

export const AUDIT_OUTCOMES = ['done', 'failed', 'refused'] as const;

const ActorSchema = AuthorSchema.extend({
  name: z.string().optional().describe('the verified address under which an operator had signed in at an identity provider then. To be shown; `id` is who they are'),
});

/**
 * One entry of the audit log. It is written before the change that it tells of, so no change is without one; a change that then
 * failed has a second entry with the outcome `failed`. Secrets are never in it.
 */
export const AuditEntrySchema = z
  .object({
    seq: z.int().positive().describe('1, 2, 3 … over all tenants of the gateway'),
    at: time,
    tenantId: z.string(),
    actor: ActorSchema.nullable().describe('null: nobody who is known'),
    address: z.string().nullable().describe('where the call came from; null: not from a network'),
    action: z.string(),
    target: z.object({ kind: z.string(), id: z.string() }).nullable(),
    outcome: z.enum(AUDIT_OUTCOMES),
    before: z.unknown(),
    after: z.unknown(),
    hash: z.string().describe('SHA-256 (hex) of the hash of the entry before, a line feed, and this entry as it is kept'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

const AuditFilterSchema = z.object({
  actor: z.string().min(1).max(256).optional(),
  action: z.string().min(1).max(64).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});

export const AuditQuerySchema = AuditFilterSchema.extend({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(512).optional(),
});
export type AuditQuery = z.infer<typeof AuditQuerySchema>;

export const AuditExportQuerySchema = AuditFilterSchema;
export type AuditExportQuery = z.infer<typeof AuditExportQuerySchema>;

/** What a check of the whole log found; `broken` names the first entry that is not as it was written. */
export const AuditVerdictSchema = z
  .object({
    ok: z.boolean(),
    entries: z.int().nonnegative().describe('how many were found in order'),
    broken: z.object({ seq: z.int().positive(), reason: z.string() }).nullable(),
  })
  .meta({ id: 'AuditVerdict' });
export type AuditVerdict = z.infer<typeof AuditVerdictSchema>;
