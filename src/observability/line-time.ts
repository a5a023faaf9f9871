const SECOND_MS = 1000;

/** The time of a line, ISO 8601 UTC with milliseconds. Lines come close together: the part down to the second is made once a second. */
export class LineTime {
  #second = Number.NaN;
  #upToSecond = '';

  /** `at`: whole milliseconds since the epoch. */
  of(at: number): string {
    const second = Math.floor(at / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#upToSecond = new Date(second * SECOND_MS).toISOString().slice(0, -4);
    }
    const ms = at - second * SECOND_MS;
    return `${this.#upToSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  }
}
