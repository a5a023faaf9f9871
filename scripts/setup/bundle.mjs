// Joins what the compiler wrote, and the packages it needs, into few files: `node scripts/setup/bundle.mjs dist` reads dist/src and writes dist/program.
// A start then resolves, reads and links tens of files instead of some 1,600. Each module is in them once; what is loaded late has a file of its own.
import { join, resolve } from 'node:path';
import { build } from 'vite';

const ENTRIES = {
  serve: 'serve.js',
  cli: 'cli/main.js',
  // Started by its path, from beside the file that starts it.
  'page-check-process': 'persistence/sqlite/page-check-process.js',
};

/** Loaded late if at all, or with files beside them: these stay where npm put them. None of them may need Nest or zod, of which there would be two then. */
const STAYS = ['@node-saml/node-saml', '@node-saml/passport-saml', '@xmldom/xmldom', 'jose', 'openid-client', 'passport', 'pg', 'swagger-ui-dist'];
/** Packages ask for these and do without: the import fails where it is reached, as in their own files. */
const NOT_INSTALLED = [
  /^@fastify\/(multipart|static|view)$/,
  /^@nestjs\/(microservices|mongoose|platform-express|sequelize|typeorm)(\/|$)/,
  /^class-(transformer|validator)(\/|$)/,
];

const root = join(import.meta.dirname, '..', '..');
const folder = resolve(process.argv[2]);

await build({
  root,
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  // The files that Node itself would take.
  resolve: { alias: [{ find: /^#libs\/(.+)$/, replacement: join(folder, 'libs', '$1', 'index.js') }], mainFields: [] },
  ssr: { noExternal: true, external: STAYS, resolve: { conditions: ['node', 'module-sync'] } },
  build: {
    ssr: true,
    outDir: join(folder, 'program'),
    // Into a folder that is in use, too: what a running gateway has not loaded yet stays.
    emptyOutDir: false,
    target: 'node24',
    minify: false,
    // For `node --enable-source-maps`; a start without it does not read them.
    sourcemap: true,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(folder, 'src', path)])),
      external: ['#serve', ...NOT_INSTALLED],
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: ({ name }) => `${name.split('~')[0]}-[hash].js`,
        // Nest's tokens, errors and log lines go by the names of classes.
        keepNames: true,
        codeSplitting: { groups: [{ name: 'packages', test: /[\\/]node_modules[\\/]/, entriesAware: true }] },
      },
    },
  },
});
