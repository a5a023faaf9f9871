/** The address must not be called. The message is for people and names no address that a name led to. */
export class EgressRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EgressRefusedError';
  }
}
