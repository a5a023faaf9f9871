import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Preloaded into a program: writes the addresses of the files that it loaded, a line each, to the file that LOADED_FILES names, when it ends.
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) loaded.add(url);
    return next(url, context);
  },
});
process.once('exit', () => writeFileSync(process.env.LOADED_FILES, [...loaded].join('\n')));
