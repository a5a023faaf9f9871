import { failpointComplaint } from './failpoint.js';
import { ssoContradictions } from './sso-settings.js';
import { tracingContradictions } from './tracing-settings.js';
import { SettingsSchema, SETTINGS_NOT_YET, type Settings } from './settings.js';

/** The settings this process runs with. Values are final: nobody else reads the environment. */
export class Config {
  #port: number;

  constructor(
    readonly settings: Readonly<Settings>,
    /** Address that clients are told, without a slash at the end; with `PORT=0` known once a free port was found. */
    public publicUrl: string,
  ) {
    this.#port = settings.PORT;
  }

  /** Where it listens, or is going to; 0 until a free port was found. */
  get port(): number {
    return this.#port;
  }

  /** Origins that count as our own, before the ones that were allowed besides. */
  get ownOrigins(): readonly string[] {
    const own = new URL(this.publicUrl);
    if (this.settings.PUBLIC_URL !== undefined) return [own.origin];
    return ['localhost', '127.0.0.1', '[::1]', own.hostname].map((host) => new URL(`http://${host}:${own.port || '80'}`).origin);
  }

  isAllowedOrigin(origin: string): boolean {
    return this.ownOrigins.includes(origin) || this.settings.ALLOWED_ORIGINS.includes(origin);
  }

  /** Called with the port that was found free, and with the one that was really bound. */
  listensOn(port: number): void {
    this.#port = port;
    if (this.settings.PUBLIC_URL === undefined) this.publicUrl = defaultUrl(this.settings.HOST, port);
  }
}

/** One line for each wrong setting, naming the variable; never its value. */
export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
  }
}

const WILDCARDS = new Set(['0.0.0.0', '::', '']);

function defaultUrl(host: string, port: number): string {
  const name = WILDCARDS.has(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Reads the settings; throws `ConfigError` with a line for each that is wrong. An empty variable counts as not set. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const lines: string[] = SETTINGS_NOT_YET.filter((name) => name in given).map(
    (name) => `${name}: not supported by this version; unset it`,
  );
  const complaint = failpointComplaint(given);
  if (complaint !== null) lines.push(complaint);
  const parsed = SettingsSchema.safeParse(given);
  if (!parsed.success) lines.push(...parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`));
  else lines.push(...contradictions(parsed.data));
  if (lines.length > 0 || !parsed.success) throw new ConfigError(lines);
  const { HOST, PORT, PUBLIC_URL } = parsed.data;
  return new Config(parsed.data, PUBLIC_URL ?? defaultUrl(HOST, PORT));
}

function contradictions(settings: Settings): string[] {
  const lines: string[] = [...ssoContradictions(settings), ...tracingContradictions(settings)];
  if (settings.DATABASE_URL !== undefined && settings.ENCRYPTION_KEY === undefined) {
    lines.push('ENCRYPTION_KEY: required with DATABASE_URL; make one with: openssl rand -base64 32');
  }
  const provider = settings.AGENT_MODEL.slice(0, settings.AGENT_MODEL.indexOf('/'));
  if (provider === 'openai' && settings.OPENAI_API_KEY === undefined) lines.push('OPENAI_API_KEY: required for AGENT_MODEL openai/…');
  if (provider === 'anthropic' && settings.ANTHROPIC_API_KEY === undefined) lines.push('ANTHROPIC_API_KEY: required for AGENT_MODEL anthropic/…');
  if (provider === 'openai-compatible' && settings.OPENAI_COMPATIBLE_BASE_URL === undefined) {
    lines.push('OPENAI_COMPATIBLE_BASE_URL: required for AGENT_MODEL openai-compatible/…');
  }
  return lines;
}
