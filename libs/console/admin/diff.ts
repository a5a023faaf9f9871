/** One value that an act changed, by its place: `limits.tokensPerDay`. */
export interface Change {
  readonly path: string;
  /** Null: it was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What is different between two values, value by value, in the order of their names. */
export function changesBetween(before: unknown, after: unknown): Change[] {
  const [old, now] = [flat(before), flat(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.flatMap((path) => {
    const change = { path, before: old.get(path) ?? null, after: now.get(path) ?? null };
    return change.before === change.after || (isNothing(change.before) && isNothing(change.after)) ? [] : [change];
  });
}

/** Not there, or there and empty: a thing that was made has many of these. */
function isNothing(value: string | null): boolean {
  return value === null || value === 'null';
}

function flat(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) {
    if (path !== '') into.set(path, 'null');
  } else if (typeof value === 'object' && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) flat(inner, path === '' ? name : `${path}.${name}`, into);
  } else into.set(path === '' ? 'value' : path, typeof value === 'string' ? value : JSON.stringify(value));
  return into;
}
