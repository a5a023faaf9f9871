/** Makes ids. */
export abstract class IdGenerator {
  /** A new UUIDv7, greater than every one this generator made before. */
  abstract next(): string;
}
