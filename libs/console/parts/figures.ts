const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A number of things: whole to ten thousand, then 12.3K. */
export function amount(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value);
}

/** A number per second. */
export function rate(value: number): string {
  return value < 100 ? tenth.format(value) : amount(value);
}

/** A length of time in the unit that one would say it in. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${whole.format(ms)} ms`;
  if (ms < 60_000) return `${tenth.format(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${tenth.format(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${tenth.format(ms / 3_600_000)} h` : `${tenth.format(ms / 86_400_000)} d`;
}

/** Money; small amounts with four places, because a turn costs parts of a cent. */
export function usd(value: number): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: value < 1 ? 4 : 2 }).format(value);
}
