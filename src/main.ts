import { enableCompileCache } from 'node:module';

const NEEDED_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < NEEDED_NODE) {
  process.stderr.write(`Parley needs Node ${NEEDED_NODE} or newer; this is ${process.versions.node}. \`npm start\` brings it along on Linux x64 and arm64.\n`);
  process.exit(78);
}
enableCompileCache();
const { serve } = await import('./serve.js');
await serve();
