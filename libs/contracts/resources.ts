import { z } from 'zod';
import { AgentNameSchema, MetadataSchema } from './commands.js';
import { ContentSchema } from './content.js';
import { ReplyMetaSchema } from './events.js';
import { IdSchema } from './ids.js';
import { AuthorSchema, PrincipalLimitsSchema, ScopeSchema } from './principal.js';
import { ProblemSchema } from './problem.js';
import { TurnStateSchema } from './turn-state.js';

const time = z.iso.datetime({ precision: 3 });

export const SessionSchema = z
  .object({
    id: IdSchema,
    owner: AuthorSchema,
    title: z.string().optional(),
    agent: z.string(),
    lastSeq: z.int().nonnegative(),
    metadata: MetadataSchema,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof SessionSchema>;

const title = z.string().min(1).max(256);

export const CreateSessionSchema = z
  .strictObject({ title: title.optional(), agent: AgentNameSchema.optional(), metadata: MetadataSchema.optional() })
  .meta({ id: 'CreateSession' });
export type CreateSession = z.infer<typeof CreateSessionSchema>;

/** Only what is named changes; `title: null` takes the title away; metadata is replaced whole. */
export const UpdateSessionSchema = z
  .strictObject({ title: title.nullable().optional(), agent: AgentNameSchema.optional(), metadata: MetadataSchema.optional() })
  .meta({ id: 'UpdateSession' });
export type UpdateSession = z.infer<typeof UpdateSessionSchema>;

export const ReplySchema = z.object({ content: z.string(), meta: ReplyMetaSchema }).meta({ id: 'Reply' });
export type Reply = z.infer<typeof ReplySchema>;

export const MessageSchema = z
  .object({
    id: IdSchema,
    sessionId: IdSchema,
    seq: z.int().positive(),
    turnId: IdSchema,
    clientId: z.string().optional(),
    channel: z.string(),
    author: AuthorSchema,
    content: ContentSchema,
    status: TurnStateSchema,
    reply: ReplySchema.optional(),
    error: ProblemSchema.optional(),
    createdAt: time,
    endedAt: time.optional(),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof MessageSchema>;

/** A key as it may be shown: never its secret. */
export const ApiKeySchema = z
  .object({
    id: IdSchema,
    name: z.string(),
    prefix: z.string().describe('`pk_<8>`, enough to recognise it'),
    scopes: z.array(ScopeSchema),
    limits: PrincipalLimitsSchema,
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKeySchema>;

/** A key at the only moment at which its secret is known. */
export const CreatedApiKeySchema = ApiKeySchema.extend({ key: z.string() }).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKeySchema>;

const name = z.string().min(1).max(128);

export const CreateApiKeySchema = z
  .strictObject({
    name,
    scopes: z.array(ScopeSchema).min(1),
    limits: PrincipalLimitsSchema.partial().strict().optional(),
    expiresAt: time.nullable().optional(),
  })
  .meta({ id: 'CreateApiKey' });
export type CreateApiKey = z.infer<typeof CreateApiKeySchema>;

export const UpdateApiKeySchema = CreateApiKeySchema.partial().meta({ id: 'UpdateApiKey' });
export type UpdateApiKey = z.infer<typeof UpdateApiKeySchema>;

export const RotateApiKeySchema = z
  .strictObject({ overlapSeconds: z.int().nonnegative().max(604_800).default(0) })
  .meta({ id: 'RotateApiKey' });

/** How an application calls its users. In the path of an address `.` and `..` mean another place, so nobody could export or erase them. */
export const UserIdSchema = z.string().min(1).max(128).regex(/^(?!\.{1,2}$)/, 'must not be . or ..');

export const CreateTicketSchema = z
  .strictObject({
    userId: UserIdSchema,
    sessionIds: z.array(IdSchema).min(1).max(32).optional(),
    ttlSeconds: z.int().min(1).max(300).default(60),
  })
  .meta({ id: 'CreateTicket' });
export type CreateTicket = z.infer<typeof CreateTicketSchema>;

export const TicketSchema = z.object({ ticket: z.string(), expiresAt: time }).meta({ id: 'Ticket' });
export type Ticket = z.infer<typeof TicketSchema>;

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;

/** A page of a list; `nextCursor` is null at the end. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export const PageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  cursor: z.string().min(1).max(512).optional(),
});
export type PageQuery = z.infer<typeof PageQuerySchema>;

export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** State and counters of a door. */
export const ChannelSchema = z
  .object({
    name: z.string(),
    state: z.enum(['running', 'stopped']),
    delivery: z.enum(['effect-once', 'at-least-once', 'at-most-once']),
    connections: z.int().nonnegative().describe('Open now: for the tenant `default` of all tenants, for others their own.'),
    messagesIn: z.int().nonnegative().optional().describe('Since the start, of all tenants; told to the tenant `default` only.'),
    eventsOut: z.int().nonnegative().optional().describe('Since the start, of all tenants; told to the tenant `default` only.'),
    startedAt: time.nullable(),
  })
  .meta({ id: 'Channel' });
export type ChannelView = z.infer<typeof ChannelSchema>;
