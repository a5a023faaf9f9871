import type { z } from 'zod';
import {
  AcceptedSchema,
  CancelledSchema,
  COMMAND_NAMES,
  COMMANDS,
  EVENTS,
  JoinedSchema,
  RefusedAckSchema,
  STORED_EVENT_TYPES,
  WatchingSchema,
  type CommandName,
} from '#libs/contracts';
import { exampleOf } from '../open-api/example-of.js';
import type { JsonSchema } from '../open-api/json-schema.js';
import type { SchemaSet } from '../open-api/schema-set.js';
import { ackMessage, commandMessage, DOOR_NAMES, EVENT_TYPES, type Door } from './doors.js';

/** What a command is answered with when it goes well; nothing but `ok` where it is not listed. */
const RESULTS: Partial<Record<CommandName, z.ZodType>> = {
  'send-message': AcceptedSchema,
  'cancel-turn': CancelledSchema,
  'join-session': JoinedSchema,
  'watch-gateway': WatchingSchema,
};

const REF: JsonSchema = { type: ['string', 'number'], description: 'Of the choice of the client; the answer carries it.' };

/** Every message of the sockets by its name in the document. */
export function messagesOf(schemas: SchemaSet): Record<string, object> {
  const message = (name: string, summary: string, payload: JsonSchema) => ({
    name,
    title: name,
    summary,
    contentType: 'application/json',
    payload,
    examples: [{ name: 'example', payload: exampleOf(payload, schemas) }],
  });
  const commands = DOOR_NAMES.flatMap((door) =>
    COMMAND_NAMES.flatMap((name) => [
      [commandMessage(door, name), message(name, `The command ${name}.`, commandPayload(door, name, schemas))],
      [ackMessage(door, name), message(`${name} ack`, `The answer to ${name}.`, ackPayload(door, name, schemas))],
    ]),
  );
  const stored = new Set<string>(STORED_EVENT_TYPES);
  const events = EVENT_TYPES.map((type) => [
    type,
    message(type, stored.has(type) ? `${type}: stored and numbered.` : `${type}: live, not stored.`, schemas.write(EVENTS[type])),
  ]);
  return Object.fromEntries([...commands, ...events]) as Record<string, object>;
}

function commandPayload(door: Door, name: CommandName, schemas: SchemaSet): JsonSchema {
  const bare = schemas.write(COMMANDS[name]);
  return door === 'socketio' ? bare : withFields(schemas.resolve(bare), { type: { const: name }, ref: REF }, ['type']);
}

function ackPayload(door: Door, name: CommandName, schemas: SchemaSet): JsonSchema {
  const result = RESULTS[name];
  const good = result === undefined ? { type: 'object' } : schemas.resolve(schemas.write(result));
  const refused = schemas.resolve(schemas.write(RefusedAckSchema));
  const frame = door === 'socketio' ? {} : { type: { const: 'ack' }, ref: REF };
  const framed = door === 'socketio' ? [] : ['type'];
  return { oneOf: [withFields(good, { ...frame, ok: { const: true } }, [...framed, 'ok']), withFields(refused, frame, framed)] };
}

/** The object schema with more fields; a union of objects has them in each of its members. */
function withFields(schema: JsonSchema, fields: Readonly<Record<string, JsonSchema>>, needed: readonly string[]): JsonSchema {
  const { anyOf, properties = {}, required = [] } = schema as { anyOf?: JsonSchema[]; properties?: JsonSchema; required?: string[] };
  if (anyOf !== undefined) return { ...schema, anyOf: anyOf.map((member) => withFields(member, fields, needed)) };
  return { ...schema, properties: { ...fields, ...properties }, required: [...needed, ...required] };
}
