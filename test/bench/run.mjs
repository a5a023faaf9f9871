import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { acceptLatencyRatio } from './accept-latency.mjs';
import { measureConsoles } from './consoles.mjs';
import { measureLists } from './lists.mjs';
import { firstTokenAddedMs, longSessionRatio } from './model-road.mjs';
import { addedPerCall, addedPerMessage, decisionFigures } from './limits.mjs';
import { CONCIERGE, ECHO, KEY, measureAccepts, measureEcho, measureIdleSockets, measureRoads } from './road.mjs';
import { observedOverUnobserved, scrapeMs } from './observability.mjs';
import { ServerProcess } from './server-process.mjs';
import { measureStart } from './start-up.mjs';
import { summary } from './statistics.mjs';

const USAGE = `npm run bench -- [options]
  --short         a part of it; fails on a step back that a second measurement confirms
  --only NAME     one row
  --rounds N      as many rounds as told
  --short --keep  writes what it finds as the baseline instead of comparing
`;
const { values: options } = parseArgs({
  options: { short: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (options.help) {
  process.stdout.write(USAGE);
  process.exit();
}
const short = options.short ?? false;
const only = options.only ?? null;
const told = options.rounds === undefined ? null : Number(options.rounds);
const rounds = told ?? (short ? 3 : 5);
const seconds = short ? 2 : 4;
const connections = 100;
const BASELINE = new URL('./baseline.json', import.meta.url);
const TOLERANCE = 1.25;
/** A bare insert that is faster was not synced to a disk: the ratio then says nothing about what a producer waits for. */
const SYNC_MS = 0.1;
const settings = { ADMIN_API_KEY: KEY };
const UNBOUNDED = { INBOX_LIMIT: '100000000', SESSION_QUEUE_LIMIT: '100000000' };

async function withServer(file, more, measure) {
  const server = await ServerProcess.start(file, { ...settings, ...more });
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** Measures both in turn, the order changing from round to round. */
async function pair(first, second) {
  const results = [];
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) results.push([await first(), await second()]);
    else {
      const later = await second();
      results.push([await first(), later]);
    }
  }
  return results;
}

const repeat = async (measure) => {
  const values = [];
  for (let round = 0; round < rounds; round += 1) values.push(await measure());
  return values;
};

/** The floor has no slots for turns, so that ours must not wait for one either. */
const ROOMY = { MAX_CONCURRENT_TURNS: '128' };
const alone = (message, settings, clients = connections) => () =>
  withServer('./parley.mjs', settings, async (server) => (await measureRoads([server], { connections: clients, seconds, message }))[0]);
const besideTheFloor = () =>
  withServer('./parley.mjs', ROOMY, (ours) =>
    withServer('./lean-floor.mjs', {}, (floor) => measureRoads([ours, floor], { connections, seconds, message: ECHO })),
  );

const rows = [
  {
    name: 'road',
    short: true,
    async run() {
      const results = await repeat(besideTheFloor);
      return [
        row('whole road, CPU per turn over the lean floor', 'x', results.map(([ours, lean]) => ours.cpuMicros / lean.cpuMicros), 'at most', 1.25),
        row('whole turns per second, in-process agent', '/s', results.map(([ours]) => ours.perSecond), 'at least', 3000, 'absolute'),
        row('commits per turn, 100 clients', '', results.map(([ours]) => ours.commitsPerTurn), 'at most', 2, 'absolute'),
        row('lean floor, turns per second', '/s', results.map(([, lean]) => lean.perSecond), undefined, undefined, 'absolute'),
        row('CPU per turn', 'µs', results.map(([ours]) => ours.cpuMicros), undefined, undefined, 'absolute'),
        row('CPU per turn of the lean floor', 'µs', results.map(([, lean]) => lean.cpuMicros), undefined, undefined, 'absolute'),
      ];
    },
  },
  {
    name: 'commits',
    short: true,
    async run() {
      const one = await repeat(alone(ECHO, {}, 1));
      return [row('commits per turn, one client', '', one.map((ours) => ours.commitsPerTurn), 'at most', 2)];
    },
  },
  {
    name: 'built-in',
    async run() {
      return [row('whole turns per second, built-in agent', '/s', (await repeat(alone(CONCIERGE, {}))).map((ours) => ours.perSecond), 'at least', 2000, 'absolute')];
    },
  },
  {
    name: 'accepts',
    short: true,
    async run() {
      const many = await repeat(() => withServer('./parley.mjs', UNBOUNDED, (server) => measureAccepts(server, { connections, seconds })));
      const one = await repeat(() => acceptLatencyRatio(short ? 500 : 2000));
      return [
        row('durable accepts per second, 100 producers', '/s', many.map((ours) => ours.perSecond), 'at least', 9000, 'absolute'),
        row('durable accept of one producer over a bare insert with fsync', 'x', one.map(({ ratio }) => ratio), 'at most', 1.3, one.every(({ bareMs }) => bareMs >= SYNC_MS) ? 'ratio' : 'absolute'),
      ];
    },
  },
  {
    name: 'echo',
    short: true,
    async run() {
      const measure = (file) => () => withServer(file, {}, (server) => measureEcho(server, { connections, seconds }));
      const results = await pair(measure('./parley.mjs'), measure('./bare-socketio.mjs'));
      return [row('echo through the Socket.IO door over bare Socket.IO, CPU', 'x', results.map(([ours, bare]) => ours.cpuMicros / bare.cpuMicros), 'at most', 1.2)];
    },
  },
  {
    name: 'memory',
    async run() {
      const found = [];
      for (const count of [1000, 10_000]) {
        const measure = (file) => () => withServer(file, {}, (server) => measureIdleSockets(server, count));
        const results = await pair(measure('./parley.mjs'), measure('./bare-socketio.mjs'));
        found.push(row(`memory per idle socket over bare Socket.IO, ${count} sockets`, 'x', results.map(([ours, bare]) => ours / bare), 'at most', 1.25));
        if (count === 10_000) found.push(row('memory per idle socket, 10000 sockets', 'KiB', results.map(([ours]) => ours / 1024), 'at most', 32, 'absolute'));
      }
      return found;
    },
  },
  {
    name: 'model',
    async run() {
      return withServer('./provider.mjs', {}, async (provider) => {
        const model = { AGENT_MODEL: 'openai-compatible/bench', OPENAI_COMPATIBLE_BASE_URL: provider.url };
        const first = await repeat(() => withServer('./parley.mjs', model, (server) => firstTokenAddedMs(server, provider, 300)));
        const long = await repeat(() => withServer('./parley.mjs', model, (server) => longSessionRatio(server, { short: 200, long: 10_000, turns: 20 })));
        return [
          row('first token over the same call by fetch, median', 'ms', first, 'at most', 1.5, 'absolute'),
          row('a turn in a session of 10,000 messages over one of 200, CPU', 'x', long, 'at most', 1.2),
        ];
      });
    },
  },
  {
    name: 'lists',
    async run() {
      const lists = await measureLists(rounds);
      return lists.flatMap(({ name, p95, cpuMs }) => [
        row(`list of ${name}, 95 of 100`, 'ms', p95, 'at most', name === '/metrics' ? 10 : 50, 'absolute'),
        row(`list of ${name}, CPU`, 'ms', cpuMs, undefined, undefined, 'absolute'),
      ]);
    },
  },
  {
    name: 'consoles',
    async run() {
      const many = { consoles: 200, connections, slices: rounds, message: ECHO };
      const { throughput, cpu } = await withServer('./parley.mjs', ROOMY, (server) => measureConsoles(server, many));
      return [
        row('turns per second with 200 consoles over none', 'x', [throughput], 'at least', 0.9),
        row('CPU per turn with 200 consoles over none', 'x', [cpu], 'at most', 1.1),
      ];
    },
  },
  {
    name: 'limits',
    async run() {
      const message = await repeat(() => addedPerMessage({ seconds }));
      const call = await repeat(addedPerCall);
      const figures = await repeat(decisionFigures);
      return [
        row('identity and limits, CPU added to a message on an open socket', 'µs', message, 'at most', 15, 'absolute'),
        row('identity and limits, CPU added to a REST call', 'µs', call, 'at most', 60, 'absolute'),
        row('a decision after 1,000,000 hits over one after 10, CPU', 'x', figures.map((one) => one.manyHits / one.fewHits), 'at most', 1.25),
        row('a decision with 10,000 keys over one with 10, CPU', 'x', figures.map((one) => one.manyKeys / one.fewHits), 'at most', 1.25),
        row('the same, each key asked 20 times in a row, CPU', 'x', figures.map((one) => one.manyKeysInRuns / one.fewHits), 'at most', 1.25),
        row('a decision with 10 keys, CPU', 'µs', figures.map((one) => one.fewHits / 1000), undefined, undefined, 'absolute'),
        row('memory for 1,000,000 known principals', 'MB', figures.map((one) => one.megabytes), 'at most', 200, 'absolute'),
      ];
    },
  },
  {
    name: 'observability',
    async run() {
      const compared = await repeat(() => observedOverUnobserved({ ...settings, ...ROOMY }, { connections, seconds, message: ECHO }));
      const scrapes = await repeat(() => withServer('./parley.mjs', {}, (server) => scrapeMs(server, 10_000)));
      return [
        row('figures, log at info and traces at 1 % over all off, CPU per turn', 'x', compared.map(({ ratio }) => ratio), 'at most', 1.15),
        row('CPU per turn, observed', 'µs', compared.map(({ observedMicros }) => observedMicros), undefined, undefined, 'absolute'),
        row('CPU per turn, all off', 'µs', compared.map(({ unobservedMicros }) => unobservedMicros), undefined, undefined, 'absolute'),
        row('a scrape with 10,000 sockets open', 'ms', scrapes, 'at most', 10, 'absolute'),
      ];
    },
  },
  {
    name: 'start',
    async run() {
      await measureStart();
      const starts = await repeat(measureStart);
      return [
        row('built tree to the ready line', 's', starts.map((start) => start.seconds), 'at most', 1.3, 'absolute'),
        row('idle memory', 'MB', starts.map((start) => start.megabytes), 'at most', 180, 'absolute'),
      ];
    },
  },
];

function row(what, unit, values, bound, figure, kind = 'ratio') {
  return { what, unit, ...summary(values), bound, figure, kind };
}

function holds({ median, bound, figure }) {
  return bound === undefined || (bound === 'at most' ? median <= figure : median >= figure);
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

function line(result) {
  const { what, unit, median, least, most, bound, figure } = result;
  const goal = bound === undefined ? '' : `${bound} ${figure} ${unit}`;
  const verdict = bound === undefined ? '' : holds(result) ? 'yes' : 'no';
  return `| ${what} | ${digits(median)} ${unit} | ${digits(least)} – ${digits(most)} | ${goal} | ${verdict} |`;
}

const chosen = rows.filter((entry) => (only === null ? !short || entry.short : entry.name === only));
console.log(`${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}, ${rounds} rounds of ${seconds} s\n`);
console.log('| what | median | spread | figure | reached |\n|---|---|---|---|---|');
const results = [];
for (const entry of chosen) {
  for (const result of await entry.run()) {
    results.push({ ...result, entry });
    console.log(line(result));
  }
}
if (options.keep) keepAsBaseline(results);
else if (short) await checkAgainstBaseline(results);
process.exit(process.exitCode ?? 0);

function rounded(value) {
  return Number(value.toFixed(2));
}

/** Only ratios are kept: absolute figures say more about a machine and its neighbours than about a change. */
function keepAsBaseline(found) {
  const ratios = found.filter(({ kind }) => kind === 'ratio');
  const kept = {};
  for (const { what, median, least, most } of ratios) kept[what] = { median: rounded(median), least: rounded(least), most: rounded(most) };
  writeFileSync(BASELINE, `${JSON.stringify(kept, null, 2)}\n`);
}

/**
 * A ratio may be worse than the worst round of the baseline by a quarter: a busy machine takes as much. What is worse still
 * is measured once more, after all others: a neighbour that was busy the first time is gone by then, a step back is not.
 */
async function checkAgainstBaseline(found) {
  const baseline = JSON.parse(readFileSync(BASELINE, 'utf8'));
  const isWorse = ({ what, kind, median }) => kind === 'ratio' && baseline[what] !== undefined && median > baseline[what].most * TOLERANCE;
  const worse = [];
  for (const entry of new Set(found.filter(isWorse).map((result) => result.entry))) {
    const doubted = new Set(found.filter((result) => result.entry === entry && isWorse(result)).map(({ what }) => what));
    console.log(`\nmeasured once more, for it looks worse than the baseline: ${[...doubted].join('; ')}`);
    for (const result of await entry.run()) {
      console.log(line(result));
      if (doubted.has(result.what) && isWorse(result)) worse.push(result);
    }
  }
  for (const { what, median } of worse) console.log(`twice worse than the baseline: ${what}: ${digits(median)}, was at most ${digits(baseline[what].most)}`);
  const compared = found.filter(({ what }) => baseline[what] !== undefined).length;
  console.log(`${compared - worse.length} passed, ${worse.length} failed`);
  if (worse.length > 0 || compared === 0) process.exitCode = 1;
}
