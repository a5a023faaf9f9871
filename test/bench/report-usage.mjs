/** The server's side of `ServerProcess`: says that it is ready and answers what it is asked. */
export function reportUsage(url, commits = () => 0) {
  process.on('message', (question) => {
    if (question === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send({ kind: 'cpu', micros: user + system });
    } else if (question === 'memory') {
      globalThis.gc?.();
      globalThis.gc?.();
      process.send({ kind: 'memory', bytes: process.memoryUsage().rss });
    } else if (question === 'commits') process.send({ kind: 'commits', count: commits() });
  });
  process.on('disconnect', () => process.exit(0));
  process.send({ kind: 'ready', url });
}
