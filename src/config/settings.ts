import { isIP } from 'node:net';
import { z } from 'zod';
import { UsdSchema } from '#libs/contracts';
import { SsoSettings } from './sso-settings.js';
import { TracingSettings } from './tracing-settings.js';

/** Such a value comes out of a header as it was set: HTTP cuts blanks at its ends and has no other characters. */
const IN_A_HEADER = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** Decimal digits only: `Number` would take a blank as 0, and `0x10` and `1e3` as well. */
const whole = z.string().regex(/^\d{1,15}$/, 'must be a whole number').transform(Number);
const between = (least: number, most: number) => whole.pipe(z.number().min(least).max(most));
const count = (fallback: number) => between(1, 1_000_000_000).default(fallback);
const durationMs = (fallback: number) => between(0, 86_400_000).default(fallback);

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).transform((url) => url.replace(/\/+$/, ''));

const list = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()).filter((item) => item !== ''))
  .default([]);

const KEY_32 = /^[A-Za-z0-9+/]{43}=$/;

/** An address or a range of them, but not of all: then everybody could choose the address they are known by. */
function isCidr(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128));
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

const usd = z.string().regex(/^\d{1,7}(\.\d{1,6})?$/, 'must be an amount such as 2.50').transform(Number).pipe(UsdSchema);

const PRICE = /^([^=,]+)=(\d{1,6}(?:\.\d{1,6})?):(\d{1,6}(?:\.\d{1,6})?)$/;
const prices = list.pipe(z.array(z.string().regex(PRICE, 'each must be provider/model=input:output'))).transform((items) =>
  items.flatMap((item) => {
    const [, model = '', input, output] = PRICE.exec(item) ?? [];
    return [{ model: model.trim(), input: Number(input), output: Number(output) }];
  }),
);

const AGENT_MODEL = /^(local\/concierge|(openai|anthropic|openai-compatible)\/.+)$/;

/** The settings of CONTRACT section 2, each with its default and a sentence. The documents are generated from here. */
export const SettingsSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  PORT: between(0, 65_535).default(3000).describe('Port to listen on; 0 picks a free one.'),
  PUBLIC_URL: httpUrl
    .refine((url) => !/[?#@]/.test(url), 'must have no user, query or fragment')
    .refine((url) => !URL.canParse(url) || new URL(url).pathname === '/', 'must have no path: the gateway stands at the root of a host name of its own')
    .optional()
    .describe('The address in links and redirects, a host name without a path; by default from host and port.'),
  DATA_DIR: z.string().min(1).default('./data').describe('Embedded database and generated secrets.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/.+/, 'must begin with postgres://')
    .optional()
    .describe('`postgres://…` moves all truth to PostgreSQL; by default SQLite in DATA_DIR.'),
  ADMIN_API_KEY: z
    .string()
    .min(32, 'must have at least 32 characters')
    .regex(IN_A_HEADER, 'must be plain ASCII, without blanks or line feeds at its ends: headers carry no other')
    .optional()
    .describe('A key with scope admin of tenant default, valid while set; no one-time link is printed then.'),
  ALLOWED_ORIGINS: list
    .pipe(z.array(z.string().refine(isOrigin, 'each must be an origin such as https://app.example.com')))
    .describe('Browser origins, besides our own, that may open sockets or call with cookies; separated by commas.'),
  TRUST_PROXY: list
    .pipe(z.array(z.string().refine(isCidr, 'each must be an address or CIDR such as 10.0.0.0/8; not every address')))
    .describe('Proxies whose X-Forwarded-* headers are believed; addresses or CIDR ranges separated by commas.'),
  ENCRYPTION_KEY: z
    .string()
    .regex(KEY_32, 'must be 32 bytes in base64')
    .optional()
    .describe('32 bytes in base64 for secrets at rest; generated into DATA_DIR when embedded, required with PostgreSQL.'),
  ENCRYPTION_KEYS_EARLIER: list
    .pipe(z.array(z.string().regex(KEY_32, 'each must be 32 bytes in base64')).max(8))
    .describe('Keys that ENCRYPTION_KEY was before, separated by commas, until a start has sealed everything anew.'),
  AGENT_MODEL: z
    .string()
    .regex(AGENT_MODEL, 'must be local/concierge, openai/<model>, anthropic/<model> or openai-compatible/<model>')
    .default('local/concierge')
    .describe('`provider/model` of the default agent.'),
  OPENAI_API_KEY: z.string().min(1).optional().describe('Key for openai/<model>.'),
  OPENAI_BASE_URL: httpUrl.optional().describe('Address of the OpenAI API; by default the public one.'),
  ANTHROPIC_API_KEY: z.string().min(1).optional().describe('Key for anthropic/<model>.'),
  ANTHROPIC_BASE_URL: httpUrl.optional().describe('Address of the Anthropic API; by default the public one.'),
  OPENAI_COMPATIBLE_BASE_URL: httpUrl.optional().describe('Address for openai-compatible/<model>: turns call POST <base>/chat/completions.'),
  OPENAI_COMPATIBLE_API_KEY: z.string().min(1).optional().describe('Key for openai-compatible/<model>, when it wants one.'),
  MAX_CONCURRENT_TURNS: count(32).describe('Turns running at once in this process; of several tenants, one that is alone at work uses three quarters of them.'),
  INBOX_LIMIT: count(1024).describe('Turns queued in this process; beyond it `overloaded`. Where there are several tenants, one has at most three quarters of what the others leave.'),
  SESSION_QUEUE_LIMIT: count(20).describe('Turns queued in one session; beyond it `overloaded`.'),
  TURN_TIMEOUT_MS: durationMs(120_000).pipe(z.number().min(1)).describe('Running time of a turn; beyond it the turn fails with `timeout`.'),
  MAX_MESSAGE_BYTES: count(65_536).describe('UTF-8 bytes of `content` as JSON; more is `payload_too_large`.'),
  RETENTION_DAYS: between(1, 36_500)
    .optional()
    .describe('Days after its last event that what a session said is kept; by default for ever. The session itself stays listed.'),
  SHUTDOWN_PRE_DRAIN_MS: durationMs(0).describe('Budget of the first phase of the shutdown: not ready, still serving.'),
  SHUTDOWN_DRAIN_MS: durationMs(15_000).describe('Budget of the second phase: running turns finish.'),
  SHUTDOWN_CLEANUP_MS: durationMs(10_000).describe('Budget of the third phase: doors close.'),
  SHUTDOWN_FINAL_MS: durationMs(5_000).describe('Budget of the last phase: the store closes.'),
  SHUTDOWN_TOTAL_MS: durationMs(30_000).describe('Budget of the whole shutdown; it wins over the sum.'),
  RATE_LIMIT_PER_MINUTE: count(60).describe('Messages of a principal in a minute; a key may carry its own.'),
  RATE_LIMIT_PER_HOUR: count(1000).describe('Messages of a principal in an hour; a key may carry its own.'),
  TOKENS_PER_DAY: count(1_000_000).describe('Model tokens of a principal in a day (UTC); a key may carry its own.'),
  USD_PER_DAY: usd.optional().describe('US dollars for models of a principal in a day (UTC), to the millionth; by default no limit. A key may carry its own.'),
  TURNS_AT_ONCE: between(1, 1_000_000_000)
    .optional()
    .describe('Turns of a principal that may be open at once, waiting ones included; by default no limit. A key may carry its own.'),
  CONNECTIONS_AT_ONCE: between(1, 1_000_000_000)
    .optional()
    .describe('Sockets and event streams of a principal that may be open at once; by default no limit. A key may carry its own.'),
  CONNECTION_ATTEMPTS_PER_MINUTE: count(20_000).describe('Sockets that one address (of IPv6 one /64) may try to open in a minute.'),
  MODEL_PRICES: prices.describe(
    'Prices that count before our own table: `provider/model=input:output`, in US dollars for a million tokens, separated by commas.',
  ),
  ...SsoSettings,
  ALLOW_LOOPBACK_EGRESS: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((text) => text === 'true')
    .describe('`true` lets callbacks go to this machine, also by http: for development only.'),
  CRASH_LOOP_BREAKER: z
    .enum(['true', 'false'], 'must be true or false')
    .default('true')
    .transform((text) => text === 'true')
    .describe('`false`: also after three starts in five minutes that died before they were ready, the next one opens the doors.'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').describe('Least severity that is logged.'),
  LOG_FORMAT: z.enum(['pretty', 'json']).optional().describe('`pretty` on a terminal, else `json`.'),
  ...TracingSettings,
});

export type Settings = z.infer<typeof SettingsSchema>;

/** Settings of the contract whose feature is not there yet: setting one stops the start, so nobody relies on it by mistake. */
export const SETTINGS_NOT_YET = [
  'REDIS_URL',
] as const;
