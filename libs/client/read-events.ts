import type { GatewayEvent } from '#libs/contracts';
import { UnreachableError } from './problem-error.js';

const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** Reads the gateway's events from a response of `text/event-stream` (HTML Living Standard, 9.2.6); comments are skipped. Ends with the response. */
export async function* readEvents(response: Response): AsyncGenerator<GatewayEvent, void, undefined> {
  if (response.body === null) return;
  let rest = '';
  let data = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) data += `${data === '' ? '' : '\n'}${line.slice(line.startsWith('data: ') ? 6 : 5)}`;
      else if (line === '' && data !== '') {
        yield read(data);
        data = '';
      }
    }
    if (rest.length + data.length > MAX_EVENT_LENGTH) throw new UnreachableError('the gateway sent an event without an end');
  }
}

function read(data: string): GatewayEvent {
  const event: unknown = JSON.parse(data);
  if (typeof event !== 'object' || event === null || !('type' in event)) throw new UnreachableError('the gateway sent something that is no event');
  return event as GatewayEvent;
}
