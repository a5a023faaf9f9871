import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Schema = Record<string, unknown>;

interface Content {
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Body {
  readonly content?: Readonly<Record<string, Content>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Record<string, string[]>[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}

/** `/openapi.json` as a test reads it. */
export class OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(readonly text: string) {
    const document = JSON.parse(text) as Schema;
    this.paths = document['paths'] as OpenApi['paths'];
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'document', components: strict(document['components']) });
  }

  operations(): { method: string; path: string; operation: Operation }[] {
    return Object.entries(this.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
    );
  }

  /** Every JSON body that has an example. */
  bodies(): { where: string; schema: Schema; example: unknown }[] {
    return this.operations().flatMap(({ method, path, operation }) =>
      [['request', operation.requestBody ?? {}] as const, ...Object.entries(operation.responses)].flatMap(([name, body]) =>
        Object.entries(body.content ?? {}).flatMap(([, { schema, example }]) =>
          example === undefined ? [] : [{ where: `${method} ${path} ${name}`, schema, example }],
        ),
      ),
    );
  }

  validator(schema: Schema): ValidateFunction {
    const text = JSON.stringify(strict(schema)).replaceAll('"#/components', '"document#/components');
    let compiled = this.#compiled.get(text);
    if (compiled === undefined) this.#compiled.set(text, (compiled = this.#ajv.compile(JSON.parse(text) as Schema)));
    return compiled;
  }
}

export async function readOpenApi(url: string): Promise<OpenApi> {
  const answer = await fetch(`${url}/openapi.json`);
  return new OpenApi(await answer.text());
}

/** What is wrong with the value; a field that the schema does not name is wrong too. */
export function schemaErrors(document: OpenApi, schema: Schema, value: unknown): string[] {
  const validate = document.validator(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`);
}

/** Objects take only the fields they name: what clients must ignore, the gateway must not send without saying so. */
function strict(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'object') return value;
    return 'properties' in value && !('additionalProperties' in value) ? { ...value, additionalProperties: false } : value;
  });
}
