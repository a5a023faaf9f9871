import type { z } from 'zod';
import type { Answer } from '../../operation/operation.js';
import { exampleOf } from './example-of.js';
import { asSchema, MAY_BE_ABSENT } from './json-schema.js';
import { parametersOf } from './parameters.js';
import { ANSWER_HEADERS, problemAnswers, problemsOf } from './problems.js';
import type { ExploredOperation, Route } from './route.js';
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

const LOCATION = { Location: { description: 'Where the thing is that was made.', schema: { type: 'string', format: 'uri-reference' } } };

interface UsualAnswer extends Answer {
  readonly headers?: object;
}

/** The Operation Object of a route (OpenAPI 3.1, section 4.8.10). */
export function operationObject(route: Route, schemas: SchemaSet): object {
  const { operation, operationId, explored } = route;
  const parameters = parametersOf(route);
  return {
    operationId,
    tags: [tagOf(route.path)],
    summary: operation?.summary ?? operationId,
    description: [operation?.description, whoMay(route)].filter((text) => text !== undefined).join(' '),
    security: securityOf(route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(explored.requestBody === undefined ? {} : { requestBody: requestBody(explored.requestBody, operation?.takes, schemas) }),
    responses: responses(route, schemas),
  };
}

function responses(route: Route, schemas: SchemaSet): Record<string, object> {
  const { operation } = route;
  const status = statusOf(route);
  const usual: UsualAnswer = {
    description: operation?.answer === null && NO_BODY.has(status) ? 'Done; there is no body.' : 'As asked.',
    schema: operation?.answer ?? null,
    ...(operation?.media === undefined ? {} : { media: operation.media }),
    ...(operation?.locates === true ? { headers: LOCATION } : {}),
  };
  const answers = Object.entries({ [status]: usual, ...operation?.answers });
  const good = answers.map(([code, answer]): [string, object] => [code, answerObject(answer, operation?.limited === true, schemas)]);
  const problems = problemAnswers(problemsOf(route));
  return { ...problems, ...Object.fromEntries(good) };
}

function answerObject({ description, schema, media, headers }: UsualAnswer, limited: boolean, schemas: SchemaSet): object {
  return {
    description,
    headers: { ...ANSWER_HEADERS, ...(limited ? LIMIT_HEADERS : {}), ...headers },
    ...contentOf(schema, media, schemas),
  };
}

function contentOf(schema: z.ZodType | null, media: string | undefined, schemas: SchemaSet): object {
  if (schema === null) return media === undefined ? {} : { content: { [media]: { schema: { type: 'string' } } } };
  const written = schemas.write(schema);
  return { content: { [media ?? 'application/json']: { schema: written, example: exampleOf(written, schemas) } } };
}

/** The body as explored, under the media type that the route takes, with an example. */
function requestBody(explored: NonNullable<ExploredOperation['requestBody']>, media: string | undefined, schemas: SchemaSet): object {
  if ('$ref' in explored) return explored;
  const { [MAY_BE_ABSENT]: absent, ...schema } = asSchema(Object.values(explored.content)[0]?.schema);
  return { ...explored, required: absent === undefined, content: { [media ?? 'application/json']: { schema, example: exampleOf(schema, schemas) } } };
}

/** What the route says of itself counts more than what its method usually answers. */
function statusOf({ operation, explored }: Route): number {
  return operation?.status ?? Number(Object.keys(explored.responses)[0]);
}
