import { KEY, Talkers } from './road.mjs';
import { ServerProcess } from './server-process.mjs';
import { SocketClient } from './socket-client.mjs';

const SCRAPES = 50;
const OPENED_AT_ONCE = 50;
const WARM_SECONDS = 3;

/**
 * CPU per turn with figures, the log at `info` and traces of one turn in a hundred, over the same with all of them off: one process, in
 * slices of half a second, the order changing.
 */
export async function observedOverUnobserved(settings, { connections, seconds, message }) {
  const collector = await ServerProcess.start('./collector.mjs');
  const server = await ServerProcess.start('./observed.mjs', {
    ...settings,
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
  });
  try {
    const talkers = await Talkers.connect(server, { connections, message });
    await talkers.talk(WARM_SECONDS);
    const spent = { observe: { turns: 0, cpu: 0 }, 'look away': { turns: 0, cpu: 0 } };
    for (let slice = 0; slice < seconds * 2; slice += 1) {
      const order = slice % 2 === 0 ? ['observe', 'look away'] : ['look away', 'observe'];
      for (const how of order) {
        server.tell(how);
        const { turns, cpu } = await talkers.talk(0.5);
        spent[how].turns += turns;
        spent[how].cpu += cpu;
      }
    }
    talkers.close();
    const micros = (how) => spent[how].cpu / spent[how].turns;
    return { ratio: micros('observe') / micros('look away'), observedMicros: micros('observe'), unobservedMicros: micros('look away') };
  } finally {
    await server.stop();
    await collector.stop();
  }
}

/** Median time of a scrape while `sockets` are open, in milliseconds. */
export async function scrapeMs(server, sockets) {
  const clients = [];
  while (clients.length < sockets) {
    const batch = Array.from({ length: Math.min(OPENED_AT_ONCE, sockets - clients.length) }, () => SocketClient.connect(server.url, { apiKey: KEY }));
    clients.push(...(await Promise.all(batch)));
  }
  const took = [];
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    const since = performance.now();
    await (await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': KEY } })).text();
    took.push(performance.now() - since);
  }
  for (const client of clients) client.close();
  return took.sort((one, other) => one - other)[SCRAPES / 2];
}
