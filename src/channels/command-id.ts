import type { IdGenerator } from '#libs/ports';

/** The request id of one command at a socket: made when it is first asked for, then the same in the log and in what its sender is told. */
export class CommandId {
  #value: string | null = null;

  constructor(private readonly ids: IdGenerator) {}

  get value(): string {
    return (this.#value ??= this.ids.next());
  }
}
