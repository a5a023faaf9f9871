const FIRST_MS = 1000;
const SPREAD_MS = 10_000;

/** The doors whose clients come back; each has milliseconds of its own, so that no two clients are told the same. */
const DOORS = ['http', 'socketio', 'websocket'] as const;

/** Milliseconds after which the client at this place (from 0) of the `count` of its door is to come back to a gateway that goes away: evenly spread, no two at once. */
export function drainDelay(door: (typeof DOORS)[number], place: number, count: number): number {
  const steps = Math.max(Math.floor(SPREAD_MS / DOORS.length), count);
  return FIRST_MS + Math.floor((steps * place) / count) * DOORS.length + DOORS.indexOf(door);
}
