import { z } from 'zod';
import { AgentNameSchema } from './commands.js';
import { IdReferenceSchema } from './ids.js';
import { PRINCIPAL_KINDS, PrincipalViewSchema, type Author } from './principal.js';
import { PageQuerySchema } from './resources.js';

const time = z.iso.datetime({ precision: 3 });
const count = z.int().nonnegative();

/** Somebody who is connected now: a socket, or a response that streams events. */
export const ConnectionSchema = z
  .object({
    id: z.uuidv7(),
    channel: z.string(),
    principal: PrincipalViewSchema,
    since: time,
    sessions: count.describe('Sessions it hears events of'),
  })
  .meta({ id: 'Connection' });
export type ConnectionView = z.infer<typeof ConnectionSchema>;

/** A page of connections, and which of them. */
export const ConnectionQuerySchema = PageQuerySchema.extend({
  sessionId: IdReferenceSchema.optional().describe('Only those that hear events of this session'),
});
export type ConnectionQuery = z.infer<typeof ConnectionQuerySchema>;

const OwnerSchema = z
  .string()
  .regex(new RegExp(`^(${PRINCIPAL_KINDS.join('|')}):.{1,256}$`, 's'), 'must be <kind>:<id>')
  .transform((text): Author => {
    const colon = text.indexOf(':');
    return { kind: z.enum(PRINCIPAL_KINDS).parse(text.slice(0, colon)), id: text.slice(colon + 1) };
  });

/** A page of sessions, and which of them. */
export const SessionQuerySchema = PageQuerySchema.extend({
  agent: AgentNameSchema.optional(),
  owner: OwnerSchema.optional().describe('`<kind>:<id>` of a principal'),
  q: z.string().min(1).max(256).optional().describe('Text in the title, upper and lower case of a to z being the same; or the whole id of a session'),
});
export type SessionQuery = z.infer<typeof SessionQuerySchema>;

const replicas = z.int().min(1).max(10_000).describe('Turns it may run at once');

/** An agent that is put to work. */
export const DeploymentSchema = z
  .object({
    id: z.uuidv7(),
    agent: z.string(),
    replicas,
    state: z.enum(['running', 'stopped', 'restarting']).describe('`stopped` parks its messages; `restarting` lets running turns end first'),
    running: count.describe('Turns that run now'),
    queued: count.describe('Turns that wait; while it is stopped they are parked'),
    restartedAt: time.optional(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Deployment' });
export type Deployment = z.infer<typeof DeploymentSchema>;

export const CreateDeploymentSchema = z.strictObject({ agent: AgentNameSchema, replicas: replicas.optional() }).meta({ id: 'CreateDeployment' });
export type CreateDeployment = z.infer<typeof CreateDeploymentSchema>;

export const ScaleDeploymentSchema = z.strictObject({ replicas }).meta({ id: 'ScaleDeployment' });
export type ScaleDeployment = z.infer<typeof ScaleDeploymentSchema>;

export const AGENT_SKILLS = ['clock', 'calculator', 'notes'] as const;

/** Something that agents may be given to call. */
export const SkillSchema = z
  .object({
    name: z.enum(AGENT_SKILLS),
    description: z.string().describe('Told to the model: what it does and when to use it'),
    input: z.record(z.string(), z.unknown()).describe('JSON Schema (draft 7) of what it is called with'),
    idempotent: z.boolean().describe('A call whose end is not known may be made again'),
  })
  .meta({ id: 'Skill' });
export type SkillView = z.infer<typeof SkillSchema>;

/** How an agent does: from its turns and, where it sends them, its heartbeats. */
export const AgentHealthSchema = z
  .object({
    id: z.string(),
    agent: z.string(),
    status: z.enum(['unknown', 'healthy', 'unhealthy']).describe('`unknown` until the first sign of life'),
    since: time,
    reason: z.string().optional(),
    lastHeartbeatAt: time.optional(),
  })
  .meta({ id: 'AgentHealth' });
export type AgentHealthView = z.infer<typeof AgentHealthSchema>;

const agentFields = {
  model: z.string().min(3).max(256).describe('`provider/model`; the provider is one that the settings name'),
  instructions: z.string().min(1).max(32_768).nullable().describe('Told to the model before everything else'),
  skills: z.array(z.enum(AGENT_SKILLS)).max(AGENT_SKILLS.length),
  heartbeatMs: z.int().min(1000).max(3_600_000).nullable().describe('It says so often that it lives; after three that are missing it is unhealthy'),
};

/** What answers. Those that come with the gateway have their name as id and no times. */
export const AgentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['built-in', 'model']),
    model: agentFields.model.nullable(),
    instructions: agentFields.instructions,
    skills: agentFields.skills,
    heartbeatMs: agentFields.heartbeatMs,
    deployed: z.boolean().describe('Put to work; messages of one that is not are parked'),
    health: AgentHealthSchema,
    createdAt: time.optional(),
    updatedAt: time.optional(),
  })
  .meta({ id: 'Agent' });
export type AgentView = z.infer<typeof AgentSchema>;

export const CreateAgentSchema = z
  .strictObject({
    name: AgentNameSchema,
    kind: z.literal('model').default('model'),
    model: agentFields.model,
    instructions: agentFields.instructions.default(null),
    skills: agentFields.skills.default([]),
    heartbeatMs: agentFields.heartbeatMs.default(null),
  })
  .meta({ id: 'CreateAgent' });
export type CreateAgent = z.infer<typeof CreateAgentSchema>;

/** Only what is named changes. */
export const UpdateAgentSchema = z.strictObject(agentFields).partial().meta({ id: 'UpdateAgent' });
export type UpdateAgent = z.infer<typeof UpdateAgentSchema>;
