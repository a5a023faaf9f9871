interface KnownRoute {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/** The paths that are served and by which methods, to tell an unknown path from a known one with the wrong method. */
export class KnownRoutes {
  private readonly routes = new Map<string, KnownRoute>();

  add(pattern: string, methods: string | readonly string[]): void {
    const route = this.routes.get(pattern) ?? { segments: pattern.split('/'), methods: new Set<string>() };
    for (const method of typeof methods === 'string' ? [methods] : methods) route.methods.add(method);
    this.routes.set(pattern, route);
  }

  /** Every route, as it was declared. */
  list(): { readonly method: string; readonly pattern: string }[] {
    return [...this.routes].flatMap(([pattern, { methods }]) => [...methods].map((method) => ({ method, pattern })));
  }

  /** Methods of the path in alphabetical order; empty when the path is unknown. */
  methodsOf(url: string): string[] {
    const segments = (url.split('?', 1)[0] ?? '').split('/');
    const methods = new Set<string>();
    for (const route of this.routes.values()) {
      if (fits(route.segments, segments)) for (const method of route.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  for (const [index, segment] of pattern.entries()) {
    if (segment.startsWith('*')) return path.length > index;
    const given = path[index];
    if (given === undefined) return false;
    if (segment.startsWith(':') ? given === '' : segment !== given) return false;
  }
  return pattern.length === path.length;
}
