import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { LineTime } from '../../src/observability/line-time.js';
import { turnLine, type TurnLine } from '../../src/observability/turn-line.js';

const ROOT = join(import.meta.dirname, '..', '..');
const TIME = '2026-02-03T04:05:06.007Z';

/** What pino makes of the same fields. */
function linesOfPino(line: TurnLine): string {
  let written = '';
  const options = { base: null, timestamp: () => `,"time":"${TIME}"`, formatters: { level: (label: string) => ({ level: label }) } };
  pino(options, { write: (text: string) => (written += text) }).info(line, 'turn');
  return written;
}

const text = fc.oneof(fc.uuid(), fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('', '"', '\\', '\n', '\u2028', 'ü', '</script>', '\u0000'));
const count = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(0, -1, Number.NaN, Infinity));
const lines: fc.Arbitrary<TurnLine> = fc.record(
  {
    requestId: fc.option(text, { nil: undefined }),
    messageId: text,
    turnId: text,
    sessionId: text,
    tenantId: text,
    agent: text,
    attempt: count,
    state: fc.constantFrom('completed' as const, 'failed' as const, 'cancelled' as const),
    queuedMs: count,
    durationMs: count,
  },
  { requiredKeys: ['turnId', 'sessionId', 'tenantId', 'state'] },
);

/** Runs against the built tree, in a process of its own: its log goes to its stdout. */
function logged(body: string, settings: Readonly<Record<string, string>> = {}) {
  const script = `
    const { Log } = await import('./dist/src/observability/log.js');
    const { readConfig } = await import('./dist/src/config/config.js');
    const log = new Log(readConfig(${JSON.stringify({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', ...settings })}));
    const turn = (turnId) => log.turn({ turnId, sessionId: 's', tenantId: 'default', state: 'completed' });
    ${body}
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8', timeout: 30_000 });
  return stdout.split('\n').filter((line) => line !== '');
}

const of = (line: string) => {
  const { turnId, msg } = JSON.parse(line) as Record<string, unknown>;
  return turnId ?? msg;
};

describe('the line of a turn', () => {
  it('is what pino makes of the same fields, in the same order, whatever stands in them', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const ours = turnLine(TIME, line);
        expect(ours.endsWith('}\n') && ours.indexOf('\n') === ours.length - 1).toBe(true);
        const [told, expected] = [ours, linesOfPino(line)].map((made) => Object.entries(JSON.parse(made) as Record<string, unknown>));
        const named = Object.entries(JSON.parse(turnLine(TIME, { ...line, requestId: 'r' })) as Record<string, unknown>).map(([name]) => name);
        expect(Object.fromEntries(told ?? [])).toEqual(Object.fromEntries(expected ?? []));
        expect(told?.map(([name]) => name)).toEqual(named.filter((name) => told?.some(([other]) => other === name)));
      }),
      { numRuns: 500 },
    );
  });

  it('begins with level and time and ends with its name', () => {
    expect(turnLine(TIME, { requestId: 'r', turnId: 't', sessionId: 's', tenantId: 'd', state: 'cancelled' })).toBe(
      `{"level":"info","time":"${TIME}","requestId":"r","turnId":"t","sessionId":"s","tenantId":"d","state":"cancelled","msg":"turn"}\n`,
    );
  });

  it('is written in its place among other lines, and also when the process ends in the same breath, by itself or by an error', () => {
    const said = logged("turn('one'); log.warn('two'); turn('three'); turn('four'); log.info('five'); turn('six'); process.exit(0);");
    expect(said.map(of)).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    expect(logged("turn('one'); throw new Error('a fault');").map(of)).toEqual(['one']);
    expect(logged("turn('one'); setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));").map(of)).toEqual(['one']);
  });

  it('is there at info, not at warn, and plain on a terminal', () => {
    expect(logged("turn('one');", { LOG_LEVEL: 'warn' })).toEqual([]);
    const plain = logged("turn('one'); turn('two'); log.info('three');", { LOG_FORMAT: 'pretty' });
    const shown = 'sessionId=s tenantId=default state=completed';
    expect(plain.map((line) => line.slice('12:34:56.789 '.length))).toEqual([`info  turn turnId=one ${shown}`, `info  turn turnId=two ${shown}`, 'info  three']);
  });
});

it('the time of a line is that of the clock, to the millisecond, also when the clock goes back', () => {
  const time = new LineTime();
  const dates = fc.date({ min: new Date('1970-01-01T00:00:00.000Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(fc.property(dates, fc.nat({ max: 2000 }), (date, later) => {
    for (const at of [date.getTime(), Math.min(date.getTime() + later, 253_402_300_799_999)]) expect(time.of(at)).toBe(new Date(at).toISOString());
  }));
});
