import { z } from 'zod';
import { RoleSchema } from './principal.js';

const time = z.iso.datetime({ precision: 3 });
const account = { issuer: z.string().min(1).max(512), subject: z.string().min(1).max(255) };
const address = z.string().max(254).regex(/^[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9.-]{1,189}$/, 'must be an address in ASCII');

/** An operator of a tenant who signs in at the identity provider, and their role there. */
export const MemberSchema = z
  .object({
    id: z.uuidv7(),
    issuer: z.string().nullable(),
    subject: z.string().nullable(),
    address: z.string().nullable().describe('verified address of the account that may take this place; lower case'),
    role: RoleSchema,
    operatorId: z.string().nullable().describe('the account that took the place at its first sign-in; null before'),
    createdAt: time,
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof MemberSchema>;

export const CreateMemberSchema = z
  .union([z.strictObject({ ...account, role: RoleSchema }), z.strictObject({ address, role: RoleSchema })], 'Give issuer, subject and role, or address and role.')
  .meta({ id: 'CreateMember' });
export type CreateMember = z.infer<typeof CreateMemberSchema>;

export const UpdateMemberSchema = z.strictObject({ role: RoleSchema }).meta({ id: 'UpdateMember' });
export type UpdateMember = z.infer<typeof UpdateMemberSchema>;
