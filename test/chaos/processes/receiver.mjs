import { createServer } from 'node:http';

// A service outside: does what a call asks once for each Idempotency-Key, or, at /bare, at every call. Counts every attempt.

const attempts = [];
const done = new Set();

/** What was asked; null when the caller died before it was said to the end. */
async function bodyOf(request) {
  let text = '';
  try {
    for await (const chunk of request) text += chunk;
    return JSON.parse(text);
  } catch (error) {
    if (request.destroyed && !request.complete) return null;
    throw error;
  }
}

const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(attempts));
    return;
  }
  const body = await bodyOf(request);
  if (body === null) return;
  const { marker } = body;
  const key = request.url === '/bare' ? null : request.headers['idempotency-key'];
  const first = key === null || !done.has(key);
  if (key !== null) done.add(key);
  attempts.push({ marker, key, effect: first, at: Date.now(), caller: Number(request.headers['x-caller']) });
  response.end(JSON.stringify({ ok: true }));
});

server.listen(0, '127.0.0.1', () => process.send({ kind: 'ready', port: server.address().port }));
process.once('disconnect', () => process.exit(0));
