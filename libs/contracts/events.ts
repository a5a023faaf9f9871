import { z } from 'zod';
import { ContentSchema } from './content.js';
import { ControlEventSchema } from './control-event.js';
import { IdSchema } from './ids.js';
import { AuthorSchema, PrincipalViewSchema } from './principal.js';
import { ProblemSchema } from './problem.js';
import { SummarySchema } from './summary.js';

export const PROTOCOL = 1;

const at = z.iso.datetime({ precision: 3 }).describe('ISO 8601 UTC with milliseconds');
const sessionId = IdSchema;
const seq = z.int().positive().describe('1, 2, 3 … per session, no gaps');
const turnId = IdSchema;
const messageId = IdSchema;

export const PHASES = ['interview', 'seed', 'execute', 'evaluate', 'evolve'] as const;
export const PhaseSchema = z.enum(PHASES);
export type Phase = z.infer<typeof PhaseSchema>;

export const UsageSchema = z.object({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  costUsd: z.number().nonnegative().optional(),
});
export type Usage = z.infer<typeof UsageSchema>;

/** What a reply cost and how it came about; null means: does not apply, or was not evaluated. */
export const ReplyMetaSchema = z.object({
  agent: z.string(),
  model: z.string(),
  phase: PhaseSchema.nullable(),
  evaluationPassed: z.boolean().nullable(),
  seedId: z.string().optional(),
  projectId: z.string().optional(),
  projectTag: z.string().optional(),
  queuedMs: z.number().nonnegative(),
  durationMs: z.number().nonnegative().describe('from acceptance to the end, so it includes queuedMs'),
  usage: UsageSchema,
});
export type ReplyMeta = z.infer<typeof ReplyMetaSchema>;

const stored = { at, sessionId, seq };
const live = { at, sessionId };

/** Every event, by type. Stored events carry `seq` and are the same on every door. */
export const EVENTS = {
  connected: z.object({
    type: z.literal('connected'),
    at,
    connectionId: IdSchema,
    protocol: z.literal(PROTOCOL),
    principal: PrincipalViewSchema,
    resume: z.object({ token: z.string(), expiresAt: at }),
    server: z.object({ name: z.string(), version: z.string() }),
    limits: z.object({ maxMessageBytes: z.int(), messagesPerMinute: z.int(), messagesPerHour: z.int() }),
  }),
  'message-accepted': z.object({
    type: z.literal('message-accepted'),
    ...stored,
    messageId,
    turnId,
    clientId: z.string().optional(),
    channel: z.string(),
    author: AuthorSchema,
    content: ContentSchema,
  }),
  'turn-started': z.object({
    type: z.literal('turn-started'),
    ...stored,
    turnId,
    messageId,
    agent: z.string(),
    attempt: z.int().min(1).max(3),
  }),
  'text-delta': z.object({
    type: z.literal('text-delta'),
    ...live,
    turnId,
    offset: z.int().nonnegative().describe('UTF-16 index; replaces everything from here on'),
    text: z.string(),
  }),
  'phase-changed': z.object({ type: z.literal('phase-changed'), ...stored, turnId, phase: PhaseSchema }),
  'tool-called': z.object({ type: z.literal('tool-called'), ...stored, turnId, callId: z.string(), skill: z.string(), input: z.unknown() }),
  'tool-finished': z.object({
    type: z.literal('tool-finished'),
    ...stored,
    turnId,
    callId: z.string(),
    outcome: z.enum(['ok', 'error', 'denied']),
    output: z.unknown(),
  }),
  'turn-completed': z.object({ type: z.literal('turn-completed'), ...stored, turnId, messageId, content: z.string(), meta: ReplyMetaSchema }),
  'turn-failed': z.object({ type: z.literal('turn-failed'), ...stored, turnId, messageId, error: ProblemSchema, partial: z.string().optional() }),
  'turn-cancelled': z.object({
    type: z.literal('turn-cancelled'),
    ...stored,
    turnId,
    messageId,
    by: AuthorSchema,
    partial: z.string().optional(),
  }),
  'session-deleted': z.object({ type: z.literal('session-deleted'), ...stored }),
  'history-lost': z.object({ type: z.literal('history-lost'), ...live, firstSeq: z.int().positive() }),
  'summary-updated': z.object({ type: z.literal('summary-updated'), at, summary: SummarySchema }),
  'gateway-event': z.object({ type: z.literal('gateway-event'), at, event: ControlEventSchema }),
  'gateway-draining': z.object({ type: z.literal('gateway-draining'), at, reconnectAfterMs: z.int().nonnegative() }),
  'connection-closing': z.object({ type: z.literal('connection-closing'), at, error: ProblemSchema }),
  'command-failed': z.object({ type: z.literal('command-failed'), at, command: z.string(), ref: z.string().optional(), error: ProblemSchema }),
} as const;

export type EventType = keyof typeof EVENTS;
export type GatewayEvent<Type extends EventType = EventType> = { [T in Type]: z.infer<(typeof EVENTS)[T]> }[Type];

/** The types whose events are kept and numbered. */
export const STORED_EVENT_TYPES = [
  'message-accepted',
  'turn-started',
  'phase-changed',
  'tool-called',
  'tool-finished',
  'turn-completed',
  'turn-failed',
  'turn-cancelled',
  'session-deleted',
] as const satisfies readonly EventType[];
export type StoredEventType = (typeof STORED_EVENT_TYPES)[number];

/** The types that end a turn. */
export const TERMINAL_EVENT_TYPES = ['turn-completed', 'turn-failed', 'turn-cancelled'] as const satisfies readonly StoredEventType[];
export type TerminalEventType = (typeof TERMINAL_EVENT_TYPES)[number];

export function isTerminal(type: EventType): type is TerminalEventType {
  return type === 'turn-completed' || type === 'turn-failed' || type === 'turn-cancelled';
}
