import type { z } from 'zod';
import type { Answer } from '../../operation/operation.js';
import { exampleOf } from './example-of.js';
import type { JsonSchema } from './json-schema.js';
import { ANSWER_HEADERS, problemAnswers, problemsOf } from './problems.js';
import type { Route } from './route.js';
import type { SchemaSet } from './schema-set.js';
import { securityOf, whoMay } from './security.js';
import { tagOf } from './tags.js';

const NO_BODY = new Set([204, 302, 304]);

const LIMIT_HEADERS = Object.fromEntries(
  ['RateLimit', 'RateLimit-Policy', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Server-Timing'].map((name) => [
    name,
    { $ref: `#/components/headers/${name.replaceAll('-', '')}` },
  ]),
);

/** The Operation Object of a route (OpenAPI 3.1, section 4.8.10). */
export function operationObject(route: Route, schemas: SchemaSet): object {
  const { operation, operationId, body } = route;
  return {
    operationId,
    tags: [tagOf(route.path)],
    summary: operation?.summary ?? operationId,
    description: [operation?.description, whoMay(route)].filter((text) => text !== undefined).join(' '),
    security: securityOf(route),
    ...parametersOf(route, schemas),
    ...(body === null ? {} : { requestBody: requestBody(body, operation?.takes, schemas) }),
    responses: responses(route, schemas),
  };
}

function responses(route: Route, schemas: SchemaSet): Record<string, object> {
  const { status, operation } = route;
  const usual: Answer = {
    description: operation?.answer === null && NO_BODY.has(status) ? 'Done; there is no body.' : 'As asked.',
    schema: operation?.answer ?? null,
    ...(operation?.media === undefined ? {} : { media: operation.media }),
  };
  const answers = Object.entries({ [status]: usual, ...operation?.answers });
  const good = answers.map(([code, answer]): [string, object] => [code, answerObject(answer, operation?.limited === true, schemas)]);
  const problems = problemAnswers(problemsOf(route));
  return { ...problems, ...Object.fromEntries(good) };
}

function answerObject({ description, schema, media }: Answer, limited: boolean, schemas: SchemaSet): object {
  return {
    description,
    headers: { ...ANSWER_HEADERS, ...(limited ? LIMIT_HEADERS : {}) },
    ...contentOf(schema, media, schemas),
  };
}

function contentOf(schema: z.ZodType | null, media: string | undefined, schemas: SchemaSet): object {
  if (schema === null) return media === undefined ? {} : { content: { [media]: { schema: { type: 'string' } } } };
  const written = schemas.write(schema);
  return { content: { [media ?? 'application/json']: { schema: written, example: exampleOf(written, schemas) } } };
}

function requestBody(body: z.ZodType, media: string | undefined, schemas: SchemaSet): object {
  const schema = schemas.write(body);
  const required = !body.safeParse(undefined).success;
  return { required, content: { [media ?? 'application/json']: { schema, example: exampleOf(schema, schemas) } } };
}

function parametersOf(route: Route, schemas: SchemaSet): { parameters?: object[] } {
  const inPath = route.parameters.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 }, description: `The ${name} in the address.` }));
  const query = route.query === null ? {} : schemas.resolve(schemas.write(route.query));
  const required = new Set((query['required'] ?? []) as string[]);
  const inQuery = Object.entries((query['properties'] ?? {}) as Record<string, JsonSchema>).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema,
    ...(description === undefined ? {} : { description }),
  }));
  const described = { ...Object.fromEntries(route.headers.map((name) => [name, ''])), ...route.operation?.headers };
  const inHeader = Object.entries(described).map(([name, description]) => ({
    name: title(name),
    in: 'header',
    required: false,
    schema: { type: 'string' },
    ...(description === '' ? {} : { description }),
  }));
  const parameters = [...inPath, ...inQuery, ...inHeader];
  return parameters.length === 0 ? {} : { parameters };
}

/** `idempotency-key` → `Idempotency-Key`. */
function title(header: string): string {
  return header.replaceAll(/(^|-)([a-z])/g, (_all, before: string, letter: string) => before + letter.toUpperCase());
}
