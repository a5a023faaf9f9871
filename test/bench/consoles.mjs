import { KEY, Talkers } from './road.mjs';
import { SocketClient } from './socket-client.mjs';

const SLICE_SECONDS = 2;

/** Turns with and without `consoles` operators who watch, in turn on the same server: how their throughput and CPU per turn compare. */
export async function measureConsoles(server, { consoles, connections, slices, message }) {
  const watchers = await Promise.all(Array.from({ length: consoles }, () => SocketClient.connect(server.url, { apiKey: KEY })));
  const talkers = await Talkers.connect(server, { connections, message });
  await talkers.talk(SLICE_SECONDS);
  const open = [];
  const closed = [];
  let heard = 0;
  for (const watcher of watchers) watcher.onEvent = () => (heard += 1);
  for (let slice = 0; slice < slices * 2; slice += 1) {
    const watched = slice % 4 === 0 || slice % 4 === 3;
    await Promise.all(watchers.map((watcher) => watcher.call(watched ? 'watch-gateway' : 'unwatch-gateway', watched ? { events: true } : {})));
    (watched ? open : closed).push(await talkers.talk(SLICE_SECONDS));
  }
  talkers.close();
  for (const watcher of watchers) watcher.close();
  if (heard < consoles * slices) throw new Error(`${consoles} consoles heard only ${heard} events`);
  const sum = (own, field) => own.reduce((total, slice) => total + slice[field], 0);
  const perSecond = (own) => sum(own, 'turns') / sum(own, 'ms');
  const cpu = (own) => sum(own, 'cpu') / sum(own, 'turns');
  return { throughput: perSecond(open) / perSecond(closed), cpu: cpu(open) / cpu(closed) };
}
