// The rules of structure: who may import whom. Each has a planted sin in test/structure that must fail.

/** What each lib may import besides itself: other libs by their door, packages by name. */
const LIBS = {
  contracts: { libs: [], packages: ['zod'] },
  ports: { libs: ['contracts'], packages: [] },
  'channel-sdk': { libs: ['contracts', 'ports'], packages: [] },
  policy: { libs: ['contracts', 'ports'], packages: [] },
  client: { libs: ['contracts'], packages: ['socket.io-client', 'zod'] },
  console: {
    libs: ['contracts', 'client', 'policy'],
    packages: ['@base-ui/react', '@tanstack/react-query', '@tanstack/react-router', '@tanstack/react-virtual', 'react', 'react-dom', 'socket.io-client', 'zod'],
  },
};

/** The folders of src that each folder may import besides itself. */
const ARROWS = {
  config: [],
  runtime: [],
  operation: [],
  observability: ['config'],
  persistence: ['config', 'observability'],
  lifecycle: ['config', 'observability'],
  throttling: ['config', 'observability', 'operation', 'lifecycle', 'auth'],
  audit: ['config', 'observability', 'operation', 'lifecycle', 'auth'],
  auth: ['audit', 'config', 'egress-guard', 'observability', 'operation', 'throttling'],
  orchestrator: ['config', 'observability'],
  gateway: ['audit', 'config', 'observability', 'throttling', 'orchestrator'],
  vault: ['config'],
  'egress-guard': ['config'],
  channels: ['audit', 'config', 'observability', 'operation', 'throttling', 'auth', 'gateway', 'egress-guard'],
  health: ['audit', 'config', 'observability', 'operation', 'lifecycle', 'auth', 'gateway', 'orchestrator'],
  metrics: ['config', 'observability', 'operation', 'auth', 'lifecycle', 'gateway'],
  tenants: ['audit', 'control-plane', 'egress-guard', 'operation', 'auth', 'throttling'],
  pages: ['operation', 'auth'],
  'api-docs': ['config', 'operation', 'auth'],
  'control-plane': ['audit', 'config', 'health', 'observability', 'operation', 'auth', 'throttling', 'lifecycle', 'gateway', 'orchestrator'],
  maintenance: ['audit', 'config', 'observability', 'operation', 'auth', 'lifecycle', 'gateway'],
  cli: [],
};

const anyOf = (names) => `(${names.join('|')})`;

const libRules = Object.entries(LIBS).flatMap(([lib, { libs, packages }]) => [
  {
    name: `lib-${lib}-arrows`,
    comment: `libs/${lib} imports ${libs.length === 0 ? 'no other lib' : libs.join(', ')}, by their door, and nothing of src`,
    severity: 'error',
    from: { path: `^libs/${lib}/` },
    to: { path: '^(libs|src|test|scripts)/', pathNot: [`^libs/${lib}/`, ...libs.map((name) => `^libs/${name}/index\\.ts$`)] },
  },
  {
    name: `lib-${lib}-packages`,
    comment: `libs/${lib} imports ${packages.length === 0 ? 'no package' : `the packages ${packages.join(', ')}`} and nothing of Node`,
    severity: 'error',
    from: { path: `^libs/${lib}/`, pathNot: 'vite\\.config\\.ts$' },
    to: {
      dependencyTypesNot: ['local', 'localmodule', 'aliased', 'aliased-subpath-import'],
      pathNot: ['^libs/', ...(packages.length === 0 ? [] : [`node_modules/(@types/)?${anyOf(packages)}/`])],
    },
  },
]);

const arrowRules = Object.entries(ARROWS).map(([folder, allowed]) => ({
  name: `arrows-of-${folder}`,
  comment: `src/${folder} imports ${allowed.length === 0 ? 'no other folder of src' : allowed.join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/[^/]+/', pathNot: `^src/${anyOf([folder, ...allowed])}/` },
}));

export default {
  forbidden: [
    { name: 'no-circles', comment: 'nobody imports its importer', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unknown-folder',
      comment: 'a new folder of src or libs says its arrows in .dependency-cruiser.mjs first',
      severity: 'error',
      from: {},
      to: { path: ['^src/[^/]+/', '^libs/[^/]+/'], pathNot: [`^src/${anyOf(Object.keys(ARROWS))}/`, `^libs/${anyOf(Object.keys(LIBS))}/`] },
    },
    {
      name: 'libs-by-their-door',
      comment: 'a lib is imported as #libs/<name>',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^libs/[^/]+/', pathNot: '^libs/[^/]+/index\\.ts$' },
    },
    ...libRules,
    ...arrowRules,
    {
      name: 'doors-do-not-know-each-other',
      comment: 'a channel imports no other channel',
      severity: 'error',
      from: { path: '^src/channels/([^/]+)/' },
      to: { path: '^src/channels/[^/]+/', pathNot: '^src/channels/$1/' },
    },
    {
      name: 'stores-do-not-know-each-other',
      comment: 'an adapter of one database imports none of another',
      severity: 'error',
      from: { path: '^src/persistence/([^/]+)/' },
      to: { path: '^src/persistence/[^/]+/', pathNot: '^src/persistence/$1/' },
    },
    {
      name: 'only-the-map-names-adapters',
      comment: 'persistence and channels are named by app.module.ts, create-app.ts, offline.ts and what starts the program',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(app\\.module|create-app|serve|offline)\\.ts$', '^src/(persistence|channels)/'] },
      to: { path: '^src/(persistence|channels)/' },
    },
    {
      name: 'nobody-imports-the-start',
      comment: 'what starts the program is imported by nobody inside; the CLI loads main.ts only when it serves',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$', pathNot: '^src/version\\.ts$', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'cli-is-a-client',
      comment: 'the command line imports libs/client and libs/contracts; it is a client like any other',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^(src|libs)/', pathNot: ['^src/cli/', '^src/(version|main|offline)\\.ts$', '^libs/(client|contracts)/index\\.ts$'] },
    },
    { name: 'nothing-unresolved', comment: 'every import is found', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      comment: 'what runs imports only dependencies',
      severity: 'error',
      from: { path: '^(src|libs)/', pathNot: ['^libs/console/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['parley-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
