import { SocketClient } from './socket-client.mjs';

export const KEY = 'a-key-of-the-bench-alone-0123456789abcdef';
const CONTENT = 'What would you like to know about the weather of tomorrow?';

/** Whole turns: each of `connections` clients sends its next message when the last one is completed, for `seconds`. */
export async function measureRoad(server, { connections, seconds, warmSeconds = 1, message }) {
  const clients = await Promise.all(Array.from({ length: connections }, () => SocketClient.connect(server.url, { apiKey: KEY })));
  let turns = 0;
  let running = true;
  let next = 0;
  const ended = [];
  for (const client of clients) {
    let sessionId;
    const send = async () => {
      const ack = await client.call('send-message', { id: `m-${next++}`, sessionId, ...message });
      sessionId ??= JSON.parse(ack)[0].sessionId;
    };
    ended.push(
      new Promise((resolve) => {
        client.onEvent = (packet) => {
          if (!packet.startsWith('42["turn-completed"')) return;
          turns += 1;
          if (running) void send();
          else resolve();
        };
      }),
    );
    void send();
  }
  await wait(warmSeconds);
  const before = { turns, cpu: await server.cpuMicros(), commits: await server.commits(), at: performance.now() };
  await wait(seconds);
  const after = { turns, cpu: await server.cpuMicros(), commits: await server.commits(), at: performance.now() };
  running = false;
  await Promise.all(ended);
  for (const client of clients) client.close();
  const done = after.turns - before.turns;
  return {
    cpuMicros: (after.cpu - before.cpu) / done,
    perSecond: done / ((after.at - before.at) / 1000),
    commitsPerTurn: (after.commits - before.commits) / done,
  };
}

export const ECHO = { content: CONTENT, agent: 'echo' };
export const CONCIERGE = { content: `/echo ${CONTENT}` };

/** Commands of the door that need no store: the acknowledgement is the whole work. */
export async function measureEcho(server, { connections, seconds }) {
  const payload = { sessionId: '018f0000-0000-7000-8000-000000000000' };
  return measureCalls(server, { connections, seconds, call: (client) => client.call('leave-session', payload) });
}

/** Accepts without turns: each producer sends its next message when the last one is acknowledged. */
export async function measureAccepts(server, { connections, seconds }) {
  let next = 0;
  const call = (client) => client.call('send-message', { id: `a-${next++}`, content: CONTENT, agent: 'silent' });
  return measureCalls(server, { connections, seconds, call });
}

async function measureCalls(server, { connections, seconds, warmSeconds = 1, call }) {
  const clients = await Promise.all(Array.from({ length: connections }, () => SocketClient.connect(server.url, { apiKey: KEY })));
  let calls = 0;
  let running = true;
  const loops = clients.map(async (client) => {
    while (running) {
      await call(client);
      calls += 1;
    }
  });
  await wait(warmSeconds);
  const before = { calls, cpu: await server.cpuMicros(), at: performance.now() };
  await wait(seconds);
  const after = { calls, cpu: await server.cpuMicros(), at: performance.now() };
  running = false;
  await Promise.all(loops);
  for (const client of clients) client.close();
  const done = after.calls - before.calls;
  return { cpuMicros: (after.cpu - before.cpu) / done, perSecond: done / ((after.at - before.at) / 1000) };
}

/** Bytes of the server's memory for each of `count` sockets that are authenticated and silent. */
export async function measureIdleSockets(server, count) {
  await connectMany(server, 50).then((clients) => clients.forEach((client) => client.close()));
  await wait(0.5);
  const before = await server.memoryBytes();
  const clients = await connectMany(server, count);
  await wait(1);
  const after = await server.memoryBytes();
  for (const client of clients) client.close();
  return (after - before) / count;
}

async function connectMany(server, count) {
  const clients = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(50, count - clients.length) }, () => SocketClient.connect(server.url, { apiKey: KEY }));
    clients.push(...(await Promise.all(batch)));
  }
  return clients;
}

export function wait(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
