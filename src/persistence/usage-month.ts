const DAY_MS = 86_400_000;

/** The month of a day since the epoch, in UTC: months since January 1970. */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The first day of a month since January 1970, in days since the epoch. */
export function firstDayOf(month: number): number {
  return Date.UTC(1970, month) / DAY_MS;
}
