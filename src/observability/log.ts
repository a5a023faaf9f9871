import { Injectable, type LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { Config } from '../config/config.js';
import { GatheredLines } from './gathered-lines.js';
import { LineTime } from './line-time.js';
import { redactedText } from './redacted-text.js';
import { turnLine, type TurnLine } from './turn-line.js';

/** What a log line says besides its message. An `error` is written with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

const SECRETS = new Set(['apiKey', 'key', 'ticket', 'token', 'resume', 'secret', 'clientSecret', 'password', 'authorization', 'cookie']);

/** The log: JSON lines, or plain ones on a terminal. Secrets by their usual names are left out. */
@Injectable()
export class Log implements LoggerService {
  readonly #pino: Logger;
  readonly #time = new LineTime();
  /** Lines of turns that wait for the end of this turn of the event loop; every other line is written behind them at once. */
  readonly #turns: GatheredLines;
  readonly #tellsTurns: boolean;

  constructor(config: Config) {
    const { LOG_LEVEL, LOG_FORMAT } = config.settings;
    const format = LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json');
    const stream = format === 'pretty' ? prettyStream() : pino.destination({ dest: 1, sync: true });
    this.#pino = pino({
      level: LOG_LEVEL,
      base: null,
      serializers: { error: (error: unknown) => withoutSecrets(error) },
      timestamp: () => `,"time":"${this.#time.of(Date.now())}"`,
      formatters: { level: (label) => ({ level: label }), log: (fields) => withoutNamed(fields, 1) },
    }, stream);
    this.#turns = new GatheredLines(stream);
    this.#tellsTurns = this.#pino.isLevelEnabled('info');
  }

  /** The one line that a turn leaves, at `info`. */
  turn(line: TurnLine): void {
    if (this.#tellsTurns) this.#turns.add(turnLine(this.#time.of(Date.now()), line));
  }

  error(message: string, fields?: LogFields | string): void {
    this.#write('error', message, fields);
  }

  warn(message: string, fields?: LogFields | string): void {
    this.#write('warn', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write('info', message, fields);
  }

  /** Nest's own word for `info`; what the framework says at this level is for debugging only. */
  log(message: string, fields?: LogFields | string): void {
    this.#write('debug', message, fields);
  }

  debug(message: string, fields?: LogFields | string): void {
    this.#write('debug', message, fields);
  }

  verbose(message: string, fields?: LogFields | string): void {
    this.#write('trace', message, fields);
  }

  #write(level: 'error' | 'warn' | 'info' | 'debug' | 'trace', message: string, fields: LogFields | string = {}): void {
    this.#turns.flush();
    this.#pino[level](typeof fields === 'string' ? { context: fields } : fields, message);
  }
}

/** The fields without secrets by their usual names, also one level down. Pino's own redaction costs three times as much as the line. */
function withoutNamed(fields: Record<string, unknown>, deeper: 0 | 1): Record<string, unknown> {
  let kept = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const instead = SECRETS.has(name) ? '[redacted]' : deeper === 1 && isPlain(value) ? withoutNamed(value, 0) : value;
    if (instead === value) continue;
    if (kept === fields) kept = { ...fields };
    kept[name] = instead;
  }
  return kept;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** An error as pino writes it. What drivers and servers say of their trouble can hold credentials of addresses, keys and tokens. */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? redactedText(error) : error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message: redactedText(message), stack: redactedText(stack), ...('code' in error ? { code: error.code } : {}) };
}

/** `12:34:56.789 info  turn turnId=… state=completed` */
function prettyStream(): { write(lines: string): void } {
  return {
    write(lines) {
      process.stdout.write(lines.split('\n').filter((line) => line !== '').map(prettyLine).join(''));
    },
  };
}

function prettyLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${[String(time).slice(11, 23), String(level).padEnd(5), msg, ...rest].join(' ')}\n`;
}
