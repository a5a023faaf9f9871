import { SocketClient } from './socket-client.mjs';

export const KEY = 'a-key-of-the-bench-alone-0123456789abcdef';
const CONTENT = 'What would you like to know about the weather of tomorrow?';

/** Clients that talk to one server, each in a session of its own, so that two servers can be measured in turn while both are warm. */
export class Talkers {
  static async connect(server, { connections, message }) {
    const clients = await Promise.all(Array.from({ length: connections }, () => SocketClient.connect(server.url, { apiKey: KEY })));
    return new Talkers(server, clients, message);
  }

  #server;
  #clients;
  #message;
  #sessions = new Map();
  #sent = 0;
  #turns = 0;
  #talking = false;
  #allSilent = null;

  constructor(server, clients, message) {
    this.#server = server;
    this.#clients = clients;
    this.#message = message;
    for (const client of clients) client.onEvent = (packet) => this.#heard(client, packet);
  }

  /** Whole turns for `seconds`: each client sends its next message when the last one is completed. Resolves when the last turn ended. */
  async talk(seconds) {
    const before = await this.#usage();
    const silent = new Promise((resolve) => {
      this.#allSilent = resolve;
    });
    this.#talking = true;
    for (const client of this.#clients) void this.#say(client);
    await wait(seconds);
    this.#talking = false;
    await silent;
    const after = await this.#usage();
    return { turns: after.turns - before.turns, cpu: after.cpu - before.cpu, commits: after.commits - before.commits, ms: after.at - before.at };
  }

  close() {
    for (const client of this.#clients) client.close();
  }

  async #usage() {
    const at = performance.now();
    return { turns: this.#turns, cpu: await this.#server.cpuMicros(), commits: await this.#server.commits(), at };
  }

  async #say(client) {
    this.#sent += 1;
    const ack = await client.call('send-message', { id: `m-${this.#sent}`, sessionId: this.#sessions.get(client), ...this.#message });
    if (!this.#sessions.has(client)) this.#sessions.set(client, JSON.parse(ack)[0].sessionId);
  }

  #heard(client, packet) {
    if (!packet.startsWith('42["turn-completed"')) return;
    this.#turns += 1;
    if (this.#talking) void this.#say(client);
    else if (this.#turns === this.#sent) this.#allSilent();
  }
}

/** Whole turns on each of `servers`, in turn in slices of half a second, the order changing: what disturbs the machine meets all alike. */
export async function measureRoads(servers, { connections, seconds, warmSeconds = 2, message }) {
  const talkers = await Promise.all(servers.map((server) => Talkers.connect(server, { connections, message })));
  for (const talker of talkers) await talker.talk(warmSeconds);
  const slices = talkers.map(() => []);
  for (let slice = 0; slice < seconds * 2; slice += 1) {
    const order = slice % 2 === 0 ? [...talkers.keys()] : [...talkers.keys()].reverse();
    for (const index of order) slices[index].push(await talkers[index].talk(0.5));
  }
  for (const talker of talkers) talker.close();
  return slices.map((own) => {
    const sum = (field) => own.reduce((total, slice) => total + slice[field], 0);
    const turns = sum('turns');
    return { cpuMicros: sum('cpu') / turns, perSecond: turns / (sum('ms') / 1000), commitsPerTurn: sum('commits') / turns };
  });
}

export const ECHO = { content: CONTENT, agent: 'echo' };
export const CONCIERGE = { content: `/echo ${CONTENT}` };

/** Commands of the door that need no store: the acknowledgement is the whole work. */
export async function measureEcho(server, { connections, seconds }) {
  return measureCalls(server, { connections, seconds, call: (client) => client.call('unwatch-gateway', {}) });
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
