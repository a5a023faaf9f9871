import { ZEROS } from '../verdict.js';
import type { Round } from './rounds.js';

/** The last that was stored of a turn before the crash, and the window in which that crash fell. */
const WINDOWS: Readonly<Record<string, string>> = {
  'turn-started': 'after its start, before a step of it was stored',
  'phase-changed': 'after a phase',
  'tool-called': 'while a call was open',
  'tool-finished': 'after the answer to a call was stored',
};

/** The table over all rounds. */
export function reportOf(rounds: readonly Round[]): string {
  const sum = (count: (round: Round) => number) => rounds.reduce((total, round) => total + count(round), 0);
  const sorted = rounds.flatMap(({ readyMs }) => readyMs).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  const windows = [...new Set(rounds.flatMap(({ startedAgain }) => Object.keys(startedAgain)))].sort();
  const rows: (readonly [string, string | number])[] = [
    ['kills', sum(({ kills }) => kills)],
    ['of them before it was ready', sum(({ killsAtStart }) => killsAtStart)],
    ['messages accepted', sum(({ accepted }) => accepted)],
    ['turns completed / failed / cancelled', (['completed', 'failed', 'cancelled'] as const).map((end) => sum(({ turns }) => turns[end])).join(' / ')],
    ...ZEROS.map((zero) => [zero, sum(({ zeros }) => zeros[zero] ?? 0)] as const),
    ...windows.map((window) => [`turns started again, crash ${WINDOWS[window] ?? window}`, sum(({ startedAgain }) => startedAgain[window] ?? 0)] as const),
    ['calls made again, crash before the answer was stored, one effect each', sum(({ repeatedCalls }) => repeatedCalls.length)],
    ['starts to ready', sorted.length],
    ['ready after, p50 / p95 / max (ms)', `${at(0.5)} / ${at(0.95)} / ${at(1)}`],
    ['seconds per kill, all included', (sum(({ seconds }) => seconds) / Math.max(1, sum(({ kills }) => kills))).toFixed(1)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** A block for the docs: the command, the machine, the table, and what was attempted twice or broken, a line each. */
export function reportPage(rounds: readonly Round[], command: string, machine: string): string {
  const repeated = rounds.flatMap(({ name, repeatedCalls }) => repeatedCalls.map((call) => `${name}: ${call}`));
  const broken = rounds.flatMap(({ name, broken }) => broken.map((what) => `${name}: ${what}`));
  const listed = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', title, '', '```', ...lines, '```']);
  return [
    `\`${command}\`, ${machine}:`,
    '',
    '```',
    reportOf(rounds),
    '```',
    ...listed('Calls made again after a crash:', repeated),
    ...listed('Broken:', broken),
    '',
  ].join('\n');
}
