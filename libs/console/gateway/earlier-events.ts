import type { StoredEvent } from '../conversation/transcript.js';
import { isProblem, TroubleError, UNREACHABLE } from './trouble.js';

const DEADLINE_MS = 20_000;

/** Reads the stored events behind `after` up to and including `until` of a session, oldest first; throws `TroubleError`. */
export async function earlierEvents(sessionId: string, after: number, until: number): Promise<StoredEvent[]> {
  const hangUp = new AbortController();
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await fetch(`/api/v1/sessions/${encodeURIComponent(sessionId)}/events?after=${after}`, {
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { Accept: 'text/event-stream' },
      signal: AbortSignal.any([hangUp.signal, deadline]),
    });
    if (!response.ok || response.body === null) {
      const answer: unknown = await response.json();
      throw new TroubleError(isProblem(answer) ? answer : UNREACHABLE);
    }
    return await readUntil(response.body, until);
  } catch (error) {
    if (error instanceof TroubleError) throw error;
    throw new TroubleError({ ...UNREACHABLE, detail: 'Earlier messages could not be read.' });
  } finally {
    hangUp.abort();
  }
}

async function readUntil(body: ReadableStream<Uint8Array>, until: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return events;
    rest += decoder.decode(value, { stream: true });
    const frames = rest.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const event = storedEventOf(frame);
      if (event === null) continue;
      if (event.seq <= until) events.push(event);
      if (event.seq >= until) return events;
    }
  }
}

function storedEventOf(frame: string): StoredEvent | null {
  const data = frame
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');
  if (data === '') return null;
  const event: unknown = JSON.parse(data);
  return isStored(event) ? event : null;
}

function isStored(event: unknown): event is StoredEvent {
  return typeof event === 'object' && event !== null && 'seq' in event && typeof event.seq === 'number';
}
