import { UnreachableError } from '#libs/client';
import type { StoredEvent } from '../conversation/transcript.js';
import { client } from './client.js';

const DEADLINE_MS = 20_000;

/** Reads the stored events behind `after` up to and including `until` of a session, oldest first. Throws as the client does. */
export async function earlierEvents(sessionId: string, after: number, until: number): Promise<StoredEvent[]> {
  const hangUp = new AbortController();
  const timer = setTimeout(() => hangUp.abort(), DEADLINE_MS);
  const events: StoredEvent[] = [];
  try {
    for await (const event of client.sessionEvents(sessionId, after, hangUp.signal)) {
      if (!('seq' in event)) continue;
      if (event.seq <= until) events.push(event);
      if (event.seq >= until) break;
    }
    return events;
  } catch (error) {
    if (hangUp.signal.aborted) throw new UnreachableError('earlier messages took too long', { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    hangUp.abort();
  }
}
