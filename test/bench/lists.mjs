import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { KEY } from './road.mjs';
import { ServerProcess } from './server-process.mjs';
import { SocketClient } from './socket-client.mjs';

const FILLED = { sessions: 100_000, messages: 1_000_000, keys: 10_000, audit: 200_000, deadLetters: 10_000, queued: 1000, usage: 100_000 };
const CONNECTIONS = 1000;
const AT_ONCE = 50;
const CALLS = Number(process.env.LISTS_CALLS ?? 200);
const WARM_CALLS = 10;
const LIMIT = 100;
const SCRAPE = '/metrics';

const fill = (script, into) => promisify(execFile)(process.execPath, [new URL(script, import.meta.url).pathname, into, JSON.stringify(FILLED)]);

/** Settings of a gateway on a store with all that operators list; to fill it takes some minutes. */
async function filledStore() {
  return process.env.LISTS_SERVER !== undefined || process.env.LISTS_DATABASE !== undefined ? filledDatabase() : filledFolder();
}

/** `LISTS_DATA` names a folder that was filled before. */
async function filledFolder() {
  if (process.env.LISTS_DATA !== undefined) return { settings: { DATA_DIR: process.env.LISTS_DATA }, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'parley-lists-'));
  await fill('./fill-lists.mjs', folder);
  return { settings: { DATA_DIR: folder }, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A database of its own on the PostgreSQL server of `LISTS_SERVER`; `LISTS_DATABASE` names one that was filled before. */
async function filledDatabase() {
  const settings = { ENCRYPTION_KEY: Buffer.alloc(32, 'lists').toString('base64') };
  if (process.env.LISTS_DATABASE !== undefined) return { settings: { ...settings, DATABASE_URL: process.env.LISTS_DATABASE }, remove: () => undefined };
  const url = new URL(process.env.LISTS_SERVER);
  const name = `parley_lists_${randomBytes(8).toString('hex')}`;
  const ask = async (sql) => {
    const client = new pg.Client({ connectionString: process.env.LISTS_SERVER });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await ask(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  url.pathname = `/${name}`;
  const remove = () => ask(`DROP DATABASE ${name} WITH (FORCE)`);
  try {
    await fill('./fill-postgres-lists.mjs', url.href);
  } catch (error) {
    await remove();
    throw error;
  }
  return { settings: { ...settings, DATABASE_URL: url.href }, remove };
}

/** Not all at once: the kernel queues few that nobody has taken yet. */
async function connectMany(server) {
  const sockets = [];
  while (sockets.length < CONNECTIONS) {
    const batch = Array.from({ length: AT_ONCE }, () => SocketClient.connect(server.url, { apiKey: KEY }));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

const get = async (server, path, key) => {
  const answer = await fetch(server.url + path, { headers: { 'x-api-key': key } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return path === SCRAPE ? answer.text() : answer.json();
};

/** Reads of one key are limited, so each list is asked for with keys of its own. */
async function freshKey(server) {
  const body = JSON.stringify({ name: 'bench', scopes: ['admin'] });
  const answer = await fetch(`${server.url}/api/v1/keys`, { method: 'POST', headers: { 'x-api-key': KEY, 'content-type': 'application/json' }, body });
  return (await answer.json()).key;
}

async function pathsOf(server) {
  const sessions = await get(server, `/api/v1/sessions?limit=${LIMIT}`, KEY);
  const [first] = sessions.items;
  let cursor = sessions.nextCursor;
  for (let page = 0; page < 50; page += 1) cursor = (await get(server, `/api/v1/sessions?limit=200&cursor=${cursor}`, KEY)).nextCursor;
  const list = (path, query = '') => `/api/v1/${path}?limit=${LIMIT}${query}`;
  return {
    sessions: list('sessions'),
    'sessions, page 100 and on': list('sessions', `&cursor=${cursor}`),
    'sessions by a common word in the title': list('sessions', '&q=flowers'),
    'sessions by a rare word': list('sessions', '&q=spare'),
    'sessions by a word that is nowhere': list('sessions', '&q=nowhere'),
    'sessions of an agent': list('sessions', '&agent=poet'),
    'sessions of an owner': list('sessions', '&owner=user:user-17'),
    'sessions of an owner that has none': list('sessions', '&owner=user:nobody'),
    'messages of a session': list(`sessions/${first.id}/messages`),
    keys: list('keys'),
    audit: list('audit'),
    'audit by an action': list('audit', '&action=key.update'),
    'audit by a rare action': list('audit', '&action=tenant.update'),
    'audit by an action that never was': list('audit', '&action=no.such'),
    'audit by an actor': list('audit', '&actor=op-7'),
    'audit by an actor that never was': list('audit', '&actor=nobody'),
    'audit of a day long ago': list('audit', `&from=${daysAgo(29)}&to=${daysAgo(28)}`),
    'dead letters': list('dead-letters'),
    connections: list('connections'),
    queue: list('control-plane/queue'),
    'usage of a day': '/api/v1/usage?period=day',
    'usage of a month': '/api/v1/usage?period=month',
    deployments: list('control-plane/deployments'),
    agents: list('control-plane/agents'),
    events: list('control-plane/events'),
    [SCRAPE]: SCRAPE,
  };
}

const daysAgo = (days) => new Date(Date.now() - days * 86_400_000).toISOString();

/** For each list and round: how long an answer takes, 95 of 100 calls one after another, and what it costs the server's CPU. */
export async function measureLists(rounds) {
  const { settings, remove } = await filledStore();
  try {
    const server = await ServerProcess.start('./parley.mjs', { ADMIN_API_KEY: KEY, MAX_CONCURRENT_TURNS: '1', AGENT_MODEL: 'local/concierge', ...settings });
    try {
      const sockets = await connectMany(server);
      const found = Object.entries(await pathsOf(server)).map(([name, path]) => ({ name, path, rounds: [] }));
      for (let round = 0; round < rounds; round += 1) {
        for (const list of found) list.rounds.push(await measure(server, list.path, await freshKey(server)));
      }
      for (const socket of sockets) socket.close();
      return found.map((list) => ({ name: list.name, p95: list.rounds.map(({ p95 }) => p95), cpuMs: list.rounds.map(({ cpuMs }) => cpuMs) }));
    } finally {
      await server.stop();
    }
  } finally {
    await remove();
  }
}

async function measure(server, path, key) {
  for (let call = 0; call < WARM_CALLS; call += 1) await get(server, path, key);
  const took = [];
  const cpu = await server.cpuMicros();
  for (let call = 0; call < CALLS; call += 1) {
    const since = performance.now();
    await get(server, path, key);
    took.push(performance.now() - since);
  }
  const cpuMs = ((await server.cpuMicros()) - cpu) / 1000 / CALLS;
  took.sort((one, other) => one - other);
  return { p95: took[Math.floor(CALLS * 0.95)], cpuMs };
}
