import { Agent as HttpAgent, request } from 'node:http';
import { fork } from 'node:child_process';
import { KEY, measureRoads, ECHO } from './road.mjs';
import { ServerProcess } from './server-process.mjs';
import { median } from './statistics.mjs';

const REST_CLIENTS = 32;
const SLICES = 16;
const SLICE_MS = 400;

async function withBoth(measure) {
  const settings = { ADMIN_API_KEY: KEY, MAX_CONCURRENT_TURNS: '128' };
  const ours = await ServerProcess.start('./with-limits.mjs', settings);
  const open = await ServerProcess.start('./without-limits.mjs', settings);
  try {
    return await measure(ours, open);
  } finally {
    await Promise.all([ours.stop(), open.stop()]);
  }
}

/** CPU in µs that identity and limits add to a message on an open socket: whole turns beside the same gateway that asks nobody. */
export function addedPerMessage({ seconds }) {
  return withBoth(async (ours, open) => {
    const [limited, unlimited] = await measureRoads([ours, open], { connections: 100, seconds, message: ECHO });
    return limited.cpuMicros - unlimited.cpuMicros;
  });
}

/** The same for a read over HTTP, in slices in turn; the median of the differences of neighbouring slices. */
export function addedPerCall() {
  return withBoth(async (ours, open) => {
    const agents = [new HttpAgent({ keepAlive: true }), new HttpAgent({ keepAlive: true })];
    const slice = (index) => restSlice(index === 0 ? ours : open, agents[index]);
    for (const index of [0, 1]) for (let warm = 0; warm < 4; warm += 1) await slice(index);
    const differences = [];
    for (let round = 0; round < SLICES; round += 1) {
      const [first, second] = round % 2 === 0 ? [0, 1] : [1, 0];
      const cost = [];
      cost[first] = await slice(first);
      cost[second] = await slice(second);
      differences.push(cost[0] - cost[1]);
    }
    for (const agent of agents) agent.destroy();
    return median(differences);
  });
}

async function restSlice(server, agent) {
  const before = await server.cpuMicros();
  const end = performance.now() + SLICE_MS;
  let calls = 0;
  const client = async () => {
    while (performance.now() < end) {
      await read(`${server.url}/auth/me`, agent);
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: REST_CLIENTS }, client));
  return ((await server.cpuMicros()) - before) / calls;
}

function read(url, agent) {
  return new Promise((resolve, reject) => {
    const sending = request(url, { agent, headers: { 'x-api-key': KEY } }, (response) => {
      // A refusal would be cheaper than what is measured.
      response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`))));
      response.resume();
    });
    sending.on('error', reject);
    sending.end();
  });
}

/** What `limits-process.mjs` finds in a process of its own. */
export function decisionFigures() {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./limits-process.mjs', import.meta.url), { execArgv: ['--expose-gc'] });
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}
