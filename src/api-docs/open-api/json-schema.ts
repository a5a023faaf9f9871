/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 and AsyncAPI 3.0 hold it. */
export type JsonSchema = { [keyword: string]: unknown };
