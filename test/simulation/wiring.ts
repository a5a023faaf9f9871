import 'reflect-metadata';

type Class<Instance = unknown> = abstract new (...args: never[]) => Instance;

/** Builds classes from the types of their constructors, one instance of each; `given` stands for what is abstract or made beforehand. */
export class Wiring {
  readonly #made: Map<Class, unknown>;

  constructor(given: Iterable<readonly [Class, unknown]>) {
    this.#made = new Map(given);
  }

  /** The same with more given. */
  with(given: Iterable<readonly [Class, unknown]>): Wiring {
    return new Wiring([...this.#made, ...given]);
  }

  get<Instance>(wanted: Class<Instance>): Instance {
    const made = this.#made.get(wanted);
    if (made !== undefined) return made as Instance;
    const needs = (Reflect.getMetadata('design:paramtypes', wanted) ?? []) as Class[];
    const instance: unknown = Reflect.construct(wanted, needs.map((need) => this.get(need)));
    this.#made.set(wanted, instance);
    return instance as Instance;
  }
}
