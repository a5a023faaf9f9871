import { z } from 'zod';
import { ContentSchema } from './content.js';
import { IdReferenceSchema } from './ids.js';

const METADATA_BYTES = 4096;

/** Strings under the caller's own names, 4 KiB in all as JSON. */
export const MetadataSchema = z
  .record(z.string().min(1).max(128), z.string())
  .refine((metadata) => new TextEncoder().encode(JSON.stringify(metadata)).length <= METADATA_BYTES, {
    message: `metadata is larger than ${METADATA_BYTES} bytes`,
  });
export type Metadata = z.infer<typeof MetadataSchema>;

export const AgentNameSchema = z.string().min(1).max(128);

/** `id` makes sending idempotent per principal. Without `sessionId` a session is made. */
export const SendMessageSchema = z
  .strictObject({
    id: z.string().min(1).max(128).optional(),
    sessionId: IdReferenceSchema.optional(),
    content: ContentSchema,
    agent: AgentNameSchema.optional(),
    projectIds: z.array(IdReferenceSchema).max(32).optional(),
    metadata: MetadataSchema.optional(),
  })
  .meta({ id: 'SendMessage' });
export type SendMessage = z.infer<typeof SendMessageSchema>;

export const CancelTurnSchema = z
  .union([z.strictObject({ turnId: IdReferenceSchema }), z.strictObject({ messageId: IdReferenceSchema })], { error: 'takes either turnId or messageId' })
  .meta({ id: 'CancelTurn' });
export type CancelTurn = z.infer<typeof CancelTurnSchema>;

/** Without `after` live events only; `after: n` all stored events behind n first. */
export const JoinSessionSchema = z
  .strictObject({ sessionId: IdReferenceSchema, after: z.int().nonnegative().optional() })
  .meta({ id: 'JoinSession' });
export type JoinSession = z.infer<typeof JoinSessionSchema>;

export const LeaveSessionSchema = z.strictObject({ sessionId: IdReferenceSchema }).meta({ id: 'LeaveSession' });
export type LeaveSession = z.infer<typeof LeaveSessionSchema>;

/** A summary of the caller's tenant once a second from now on; with `events`, also what happens in the gateway. Again: `events` as it says now. */
export const WatchGatewaySchema = z.strictObject({ events: z.boolean().optional() }).meta({ id: 'WatchGateway' });
export type WatchGateway = z.infer<typeof WatchGatewaySchema>;

export const UnwatchGatewaySchema = z.strictObject({}).meta({ id: 'UnwatchGateway' });

/** Every command a socket may send, by name. A command that is not here is `validation_failed`. */
export const COMMANDS = {
  'send-message': SendMessageSchema,
  'cancel-turn': CancelTurnSchema,
  'join-session': JoinSessionSchema,
  'leave-session': LeaveSessionSchema,
  'watch-gateway': WatchGatewaySchema,
  'unwatch-gateway': UnwatchGatewaySchema,
} as const;

export type CommandName = keyof typeof COMMANDS;
export type CommandPayload<Name extends CommandName> = z.infer<(typeof COMMANDS)[Name]>;

export const COMMAND_NAMES = Object.keys(COMMANDS) as [CommandName, ...CommandName[]];
