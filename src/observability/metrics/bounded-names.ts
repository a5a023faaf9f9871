/** Lets so many names through as they are; all others are `other`. Keeps labels bounded whoever makes the names. */
export class BoundedNames {
  readonly #known = new Set<string>();

  constructor(private readonly limit: number) {}

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.limit) return 'other';
    this.#known.add(name);
    return name;
  }
}
