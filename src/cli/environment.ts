/** What the command line reads from the environment. An empty variable counts as not set. */
export interface Environment {
  readonly url: string | undefined;
  readonly apiKey: string | undefined;
  readonly dataDir: string;
  /** Set when the gateway on this machine keeps its data in PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** All of it, for what looks at the settings of a gateway that does not run. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where the local gateway listens by default. */
  readonly localUrl: string;
}

const WILDCARDS = new Set(['0.0.0.0', '::']);

export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const host = env['HOST'] || '127.0.0.1';
  const name = WILDCARDS.has(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return {
    url: env['PARLEY_URL'] || undefined,
    apiKey: env['PARLEY_API_KEY'] || undefined,
    dataDir: env['DATA_DIR'] || './data',
    databaseUrl: env['DATABASE_URL'] || undefined,
    variables: env,
    localUrl: `http://${name}:${env['PORT'] || '3000'}`,
  };
}
