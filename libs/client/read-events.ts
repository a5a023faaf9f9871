import type { GatewayEvent } from '#libs/contracts';
import { chunksOf } from './chunks-of.js';
import { UnreachableError } from './problem-error.js';

/** In UTF-16 units. */
const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/**
 * Reads the gateway's events from a response of `text/event-stream` (HTML Living Standard, 9.2.6); comments are skipped. Ends with the response.
 * Throws `UnreachableError` when that breaks off, is silent for a minute or holds what is no event; what `signal` was aborted with as it is.
 */
export async function* readEvents(response: Response, signal?: AbortSignal): AsyncGenerator<GatewayEvent, void, undefined> {
  const utf8 = new TextDecoder();
  let rest = '';
  let data = '';
  for await (const chunk of chunksOf(response, signal)) {
    const lines = (rest + utf8.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data += `${data === '' ? '' : '\n'}${line.slice(line.startsWith('data: ') ? 6 : 5)}`;
      else if (line === '' && data !== '') {
        yield eventIn(data);
        data = '';
      }
    }
    if (rest.length + data.length > MAX_EVENT_LENGTH) throw new UnreachableError('the gateway sent an event without an end');
  }
}

function eventIn(data: string): GatewayEvent {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch (error) {
    throw new UnreachableError('the gateway sent something that is no event', { cause: error });
  }
  if (typeof event !== 'object' || event === null || !('type' in event)) throw new UnreachableError('the gateway sent something that is no event');
  return event as GatewayEvent;
}
