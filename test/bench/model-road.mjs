import { median } from './statistics.mjs';
import { KEY } from './road.mjs';

/** The CPU of a call goes on falling for about a thousand of them: with fewer, it is the compiler that is measured. */
const WARM_CALLS = 500;

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };

/** Milliseconds until `marker` stands in the streamed answer; the rest is read and left. */
async function untilSeen(url, init, marker) {
  const began = performance.now();
  const response = await fetch(url, init);
  let seen = '';
  let at = null;
  for await (const bytes of response.body) {
    seen += Buffer.from(bytes).toString();
    if (at === null && seen.includes(marker)) at = performance.now() - began;
  }
  return at ?? Number.NaN;
}

/** Median milliseconds that the gateway adds to the first token of the same call by `fetch`; the two in turn, warm. */
export async function firstTokenAddedMs(server, provider, calls) {
  const direct = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'bench', stream: true, messages: [] }) };
  const through = { method: 'POST', headers, body: JSON.stringify({ content: 'hello' }) };
  const added = [];
  for (let n = 0; n < calls + WARM_CALLS; n += 1) {
    const bare = await untilSeen(`${provider.url}/chat/completions`, direct, 'It will be');
    const gateway = await untilSeen(`${server.url}/api/v1/chat/stream`, through, 'It will be');
    if (n >= WARM_CALLS) added.push(gateway - bare);
  }
  return median(added);
}

/** CPU of a turn in a session of `long` messages over one of `short` messages, their window full in both; the two in turn. */
export async function longSessionRatio(server, { short, long, turns }) {
  const sessions = { short: await sessionOf(server, short), long: await sessionOf(server, long) };
  const cpu = { short: 0, long: 0 };
  for (let n = 0; n < turns; n += 1) {
    for (const name of n % 2 === 0 ? ['short', 'long'] : ['long', 'short']) {
      const before = await server.cpuMicros();
      for (let k = 0; k < 10; k += 1) await say(server, sessions[name]);
      cpu[name] += (await server.cpuMicros()) - before;
    }
  }
  return cpu.long / cpu.short;
}

async function sessionOf(server, messages) {
  const { sessionId } = await say(server);
  for (let n = 1; n < messages / 2; n += 1) await say(server, sessionId);
  return sessionId;
}

async function say(server, sessionId) {
  const body = JSON.stringify({ content: 'a question of some length '.repeat(8), ...(sessionId === undefined ? {} : { sessionId }) });
  const response = await fetch(`${server.url}/api/v1/messages`, { method: 'POST', headers: { ...headers, prefer: 'wait=20' }, body });
  if (response.status !== 200) throw new Error(`the turn answered ${response.status}: ${await response.text()}`);
  return response.json();
}
