/** The store cannot be used as it is. Expected at the start: the message is one line that says what to do, the exit code is 78. */
export class StoreOpenError extends Error {
  readonly exitCode = 78;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreOpenError';
  }
}
