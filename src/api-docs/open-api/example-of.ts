import type { JsonSchema } from './json-schema.js';
import type { SchemaSet } from './schema-set.js';

const ID = '01998e2a-7b1c-7d3e-8f4a-5b6c7d8e9f01';
const TIME = '2026-01-31T12:00:00.000Z';

/** What reads better than the first value that a schema allows, by the name of the field. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  content: 'What is 6 times 7?',
  text: 'What is 6 times 7?',
  name: 'my-service',
  title: 'Questions about an order',
  agent: 'concierge',
  model: 'local/concierge',
  userId: 'user-4711',
  tenantId: 'default',
  clientId: 'order-4711-1',
  channel: 'http',
  nextCursor: null,
  detail: 'Nothing has this id.',
  requestId: ID,
};

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': TIME,
  date: TIME.slice(0, 10),
  uuid: ID,
  uri: 'https://example.com/file.pdf',
  email: 'ada@example.com',
};

/** An example that the schema allows: optional fields are shown where their name has an example of its own or they are simple. */
export function exampleOf(schema: JsonSchema, schemas: SchemaSet, name = '', depth = 0): unknown {
  const given = schemas.resolve(schema);
  const { examples, enum: allowed, anyOf, oneOf, allOf } = given;
  if ('default' in given) return given['default'];
  if (Array.isArray(examples)) return examples[0];
  if ('const' in given) return given['const'];
  if (Array.isArray(allowed)) return allowed[0];
  if (Object.hasOwn(BY_NAME, name) && fits(given, BY_NAME[name])) return BY_NAME[name];
  const choices = anyOf ?? oneOf ?? allOf;
  if (Array.isArray(choices)) return exampleOf((choices as JsonSchema[])[0] ?? {}, schemas, name, depth);
  switch (typesOf(given)[0]) {
    case 'string':
      return typeof given['format'] === 'string' && given['format'] in BY_FORMAT ? BY_FORMAT[given['format']] : name === 'id' || name.endsWith('Id') ? ID : 'text';
    case 'integer':
    case 'number':
      return leastOf(given);
    case 'boolean':
      return false;
    case 'array':
      return depth > 4 ? [] : [exampleOf((given['items'] ?? {}) as JsonSchema, schemas, name, depth + 1)];
    case 'object':
      return objectExample(given, schemas, depth);
    default:
      return {};
  }
}

function objectExample(schema: JsonSchema, schemas: SchemaSet, depth: number): Record<string, unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  const required = new Set((schema['required'] ?? []) as string[]);
  const shown = properties.filter(([name]) => required.has(name) || (Object.hasOwn(BY_NAME, name) && name !== 'agent'));
  const all = shown.length > 0 ? shown : properties.slice(0, 1);
  return Object.fromEntries(all.map(([name, property]) => [name, exampleOf(property, schemas, name, depth + 1)]));
}

function leastOf(schema: JsonSchema): number {
  if (typeof schema['minimum'] === 'number') return schema['minimum'];
  return typeof schema['exclusiveMinimum'] === 'number' ? schema['exclusiveMinimum'] + 1 : 0;
}

/** Whether a value by name has a type that the schema takes. */
function fits(schema: JsonSchema, value: unknown): boolean {
  const types = ((schema['anyOf'] ?? [schema]) as JsonSchema[]).flatMap(typesOf);
  return types.includes(value === null ? 'null' : typeof value);
}

function typesOf({ type }: JsonSchema): unknown[] {
  return Array.isArray(type) ? type : [type];
}
