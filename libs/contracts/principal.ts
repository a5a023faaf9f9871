import { z } from 'zod';
import { UsdSchema } from './usd.js';

/** What an API key may be allowed to do (CONTRACT section 6). */
export const SCOPES = [
  'messages',
  'sessions:read',
  'sessions:write',
  'tickets',
  'control:read',
  'control:write',
  'keys',
  'audit:read',
  'metrics',
  'admin',
] as const;
export const ScopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof ScopeSchema>;

/** What an operator may be, each including the ones before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const RoleSchema = z.enum(ROLES);
export type Role = z.infer<typeof RoleSchema>;

export const PRINCIPAL_KINDS = ['key', 'user', 'operator', 'agent'] as const;

/** Who said or did something, as events and resources show it. */
export const AuthorSchema = z.object({ kind: z.enum(PRINCIPAL_KINDS), id: z.string() });
export type Author = z.infer<typeof AuthorSchema>;

/** A principal as it is told to itself. */
export const PrincipalViewSchema = AuthorSchema.extend({ tenantId: z.string() });
export type PrincipalView = z.infer<typeof PrincipalViewSchema>;

/** What a caller is told about itself. */
export const MeSchema = PrincipalViewSchema.extend({
  role: RoleSchema.nullable(),
  scopes: z.array(ScopeSchema),
  name: z.string().optional().describe('what the identity provider calls the operator who signed in there: their verified address. To be shown; `id` is who they are'),
}).meta({ id: 'Me' });
export type Me = z.infer<typeof MeSchema>;

/** Null falls back to the gateway's setting. */
export const PrincipalLimitsSchema = z.object({
  messagesPerMinute: z.int().positive().nullable(),
  messagesPerHour: z.int().positive().nullable(),
  turnsAtOnce: z.int().positive().nullable().describe('turns that were accepted and have not ended, waiting ones included'),
  connections: z.int().positive().nullable().describe('sockets and event streams that are open at once'),
  tokensPerDay: z.int().positive().nullable().describe('model tokens in a UTC day'),
  usdPerDay: UsdSchema.nullable().describe('US dollars for models in a UTC day, to the millionth'),
});
export type PrincipalLimits = z.infer<typeof PrincipalLimitsSchema>;

/** Everything as the settings say. */
export const NO_PRINCIPAL_LIMITS: PrincipalLimits = {
  messagesPerMinute: null,
  messagesPerHour: null,
  turnsAtOnce: null,
  connections: null,
  tokensPerDay: null,
  usdPerDay: null,
};

/** Who is calling and what they may do. Made by `auth` only. */
export interface Principal {
  readonly kind: Author['kind'];
  /** Key id, user id, operator id: stable over rotation and new tickets. */
  readonly id: string;
  readonly tenantId: string;
  /** What a key was given, or what the role or ticket stands for. */
  readonly scopes: ReadonlySet<Scope>;
  readonly role?: Role;
  /** The verified address of an operator who signed in at an identity provider. To be shown, never to be compared: `id` is who it is. */
  readonly name?: string;
  /** Set when a ticket narrows its holder to these sessions. */
  readonly sessionIds?: readonly string[];
  readonly limits?: PrincipalLimits;
  /** The credential this was made from (such as one secret of a key): when it ends, sockets and tokens made from it end too. */
  readonly credentialId: string;
}

export const DEFAULT_TENANT = 'default';
