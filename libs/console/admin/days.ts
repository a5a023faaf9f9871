/** When a day such as `2026-03-29` begins, in the zone of who looks; '' where it is no day. */
export function beginOfDay(day: string): string {
  return Number.isNaN(Date.parse(day)) ? '' : new Date(`${day}T00:00:00`).toISOString();
}

/** The last millisecond of that day, which may be one of 23 or of 25 hours. */
export function endOfDay(day: string): string {
  if (Number.isNaN(Date.parse(day))) return '';
  const next = new Date(`${day}T00:00:00`);
  next.setDate(next.getDate() + 1);
  return new Date(next.getTime() - 1).toISOString();
}
