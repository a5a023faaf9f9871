import type { ExploredOperation, Route } from './route.js';

type Explored = NonNullable<ExploredOperation['parameters']>[number];
type Parameter = Exclude<Explored, { readonly $ref: string }>;

/** The parameters that Nest's decorators name in one place of the request. */
export function parametersIn({ explored }: Route, place: Parameter['in']): Parameter[] {
  return (explored.parameters ?? []).filter((parameter): parameter is Parameter => !('$ref' in parameter) && parameter.in === place);
}

/** The Parameter Objects of a route: path and query as explored, and the headers that it describes. */
export function parametersOf(route: Route): Parameter[] {
  const inPath = parametersIn(route, 'path').map((parameter) => ({
    ...parameter,
    description: parameter.description ?? `The ${parameter.name} in the address.`,
    schema: { ...parameter.schema, minLength: 1 },
  }));
  const inHeader = Object.entries(route.operation?.headers ?? {}).map(([name, description]): Parameter => ({
    name: title(name),
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...inPath, ...parametersIn(route, 'query'), ...inHeader];
}

/** `idempotency-key` → `Idempotency-Key`. */
function title(header: string): string {
  return header.replaceAll(/(^|-)([a-z])/g, (_all, before: string, letter: string) => before + letter.toUpperCase());
}
