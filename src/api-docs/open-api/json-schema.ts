/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 and AsyncAPI 3.0 hold it. */
export type JsonSchema = { [keyword: string]: unknown };

/** Marks the schema of a body that may be left out, on its way through the explorer; it is not in the document. */
export const MAY_BE_ABSENT = 'x-may-be-absent';

/** The same object, read as a schema; nothing given is the schema that takes everything. */
export function asSchema(given: object | undefined): JsonSchema {
  return { ...given };
}
