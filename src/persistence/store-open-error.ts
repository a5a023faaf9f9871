/** The store cannot be used as it is: expected at the start, and its message is one line that says what to do. Ends the start with exit code 78. */
export class StoreOpenError extends Error {
  readonly exitCode = 78;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreOpenError';
  }
}
