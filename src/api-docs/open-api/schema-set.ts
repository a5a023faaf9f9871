import { z } from 'zod';
import type { JsonSchema } from './json-schema.js';

const DEFINITIONS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';

/** Formats that say as much as the pattern beside them. */
const TELLING_FORMATS = new Set(['date-time', 'uuid', 'uri']);

/**
 * The schemas of one document: written from the zod schemas that validate, those with an id once, under `components/schemas`.
 * They describe what goes over the line, so objects take unknown fields unless the schema refuses them: clients must ignore them.
 */
export class SchemaSet {
  readonly #schemas = new Map<string, JsonSchema>();

  /** The schema, or a reference to it. */
  write(schema: z.ZodType): JsonSchema {
    const { $schema: _, $defs, ...written } = z.toJSONSchema(schema, {
      io: 'input',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => tidy(jsonSchema),
    }) as JsonSchema;
    for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) this.#schemas.set(id, referring(definition));
    return referring(written);
  }

  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemas].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** What the reference points to; the schema itself when it is none. */
  resolve(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if (typeof $ref !== 'string') return schema;
    const found = this.#schemas.get($ref.slice(COMPONENTS.length));
    if (found === undefined) throw new Error(`the schema ${$ref} is nowhere`);
    return found;
  }
}

function tidy(schema: JsonSchema): void {
  if (typeof schema['format'] === 'string' && TELLING_FORMATS.has(schema['format'])) delete schema['pattern'];
  if (schema['format'] === schema['contentEncoding']) delete schema['format'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}

function referring(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$ref' in value) || typeof value.$ref !== 'string') return value;
    return { ...value, $ref: value.$ref.replace(DEFINITIONS, COMPONENTS) };
  }) as JsonSchema;
}
