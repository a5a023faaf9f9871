import { openPostgresStore } from '../../../dist/src/persistence/postgres/postgres-store.js';

// A process with a store of its own on a database that others use too: claims a turn when it is told to, and ends it when it is told to.

const { inbox } = await openPostgresStore({ url: process.env.WORKER_DATABASE, exclusive: false, onFault: () => undefined });

process.on('message', async ({ claim, lease, end, at }) => {
  process.send(claim === undefined ? { finished: await inbox.finish(lease, end, false) } : { turn: (await inbox.claim(claim, at)).turn });
});
process.send({ ready: true });
process.once('disconnect', () => process.exit(0));
