const FIRST_MS = 1000;
const SPREAD_MS = 10_000;

/** Milliseconds after which the client at this place (from 0) of `count` is to come back to a gateway that goes away: evenly spread, no two at once. */
export function drainDelay(place: number, count: number): number {
  return FIRST_MS + Math.floor((Math.max(SPREAD_MS, count) * place) / count);
}
