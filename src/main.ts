import { enableCompileCache, flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

const NEEDED_NODE = 24;

if (Number.parseInt(process.versions.node, 10) < NEEDED_NODE) {
  process.stderr.write(`Parley needs Node ${NEEDED_NODE} or newer; this is ${process.versions.node}. \`npm start\` brings it along on Linux x64 and arm64.\n`);
  process.exit(78);
}
enableCompileCache();
// V8 lets the young generation grow to 64 MB while the program loads, and an idle gateway would keep them. It grows again with work.
setFlagsFromString('--semi-space-growth-factor=1');
const { serve } = await import('#serve');
await serve();
setFlagsFromString('--semi-space-growth-factor=2');
// Node writes it at the end of a process, which one that is killed does not see.
flushCompileCache();
