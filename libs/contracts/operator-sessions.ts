import { z } from 'zod';
import { PageQuerySchema } from './resources.js';
import { RoleSchema } from './principal.js';

const time = z.iso.datetime({ precision: 3 });

/** A sign-in of an operator that has not ended, as it may be shown: nothing in it opens anything. */
export const OperatorSessionSchema = z
  .object({
    id: z.string().describe('SHA-256 of the cookie\'s value, base64url'),
    operatorId: z.string(),
    name: z.string(),
    role: RoleSchema,
    signedInBy: z.enum(['key', 'link', 'oidc', 'saml']),
    createdAt: time,
    seenAt: time.describe('to the minute'),
    expiresAt: time.describe('when it ends if it is not used again'),
    current: z.boolean().describe('whether it is the one that asks'),
  })
  .meta({ id: 'OperatorSession' });
export type OperatorSessionView = z.infer<typeof OperatorSessionSchema>;

export const OperatorSessionQuerySchema = PageQuerySchema.extend({ operatorId: z.string().min(1).max(128).optional() });
export type OperatorSessionQuery = z.infer<typeof OperatorSessionQuerySchema>;
