import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

// A model server that speaks the chat completions wire. What it answers follows from the last message of the user: `<kind> <marker>`.

const CHUNK_EVERY_MS = 5;
const LONG_CHUNK_EVERY_MS = 40;
const SLOW_CHUNK_EVERY_MS = 400;
const BULK_CHUNK_EVERY_MS = 5;

function answerTo(messages) {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  const { content } = messages[asked];
  const [kind, marker] = (typeof content === 'string' ? content : content[0].text).split(' ');
  const called = messages.slice(asked).some(({ role }) => role === 'tool');
  if (kind === 'long') return { text: [`Long ${marker}. `, ...Array.from({ length: 30 }, () => 'abcdefgh '.repeat(10))], every: LONG_CHUNK_EVERY_MS };
  if (kind === 'slow') return { text: ['Slow ', `${marker}`, '.'], every: SLOW_CHUNK_EVERY_MS };
  if (kind === 'bulk') return { text: Array.from({ length: 40 }, () => 'abcdefg '.repeat(1024)), every: BULK_CHUNK_EVERY_MS };
  if (kind === 'plain') return { text: ['Said ', `${marker}`, '.'], every: CHUNK_EVERY_MS };
  if (called) return { text: ['Done ', `${marker}`, '.'], every: CHUNK_EVERY_MS };
  return { text: ['Working on ', `${marker}`, '. '], every: CHUNK_EVERY_MS, call: { name: `deliver_${kind}`, arguments: JSON.stringify({ marker }) } };
}

/** What was asked; null when the caller died before it was said to the end. */
async function bodyOf(request) {
  let body = '';
  try {
    for await (const chunk of request) body += chunk;
    return body;
  } catch (error) {
    if (request.destroyed && !request.complete) return null;
    throw error;
  }
}

const server = createServer(async (request, response) => {
  // A probe of the back end; it asks for the list of models.
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"object":"list","data":[]}');
    return;
  }
  const body = await bodyOf(request);
  if (body === null) return;
  const { text, every, call } = answerTo(JSON.parse(body).messages);
  response.on('error', () => undefined);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const say = (delta, finish = null, usage = {}) => {
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 0, model: 'chaos', choices: [{ index: 0, delta, finish_reason: finish }], ...usage };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  for (const piece of text) {
    if (response.destroyed) return;
    say({ role: 'assistant', content: piece });
    await delay(every);
  }
  if (call !== undefined) say({ tool_calls: [{ index: 0, id: 'call-1', type: 'function', function: call }] });
  say({}, call === undefined ? 'stop' : 'tool_calls', { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
  response.end('data: [DONE]\n\n');
});

server.listen(0, '127.0.0.1', () => process.send({ kind: 'ready', port: server.address().port }));
process.once('disconnect', () => process.exit(0));
