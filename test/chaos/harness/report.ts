import type { Verdict } from '../oracle.js';

/** The table at the end of a run. */
export function reportOf(verdict: Verdict, readyMs: readonly number[], kills: number, messages: number): string {
  const sorted = [...readyMs].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  const { completed, failed, cancelled } = verdict.turns;
  const rows: (readonly [string, string | number])[] = [
    ['kills', kills],
    ['messages accepted', messages],
    ['turns completed / failed / cancelled', `${completed} / ${failed} / ${cancelled}`],
    ['calls attempted again after a crash, one effect each', verdict.repeatedCalls.length],
    ...[...verdict.violations].map(([zero, cases]) => [zero, cases.length] as const),
    ['starts', sorted.length],
    ['ready after, p50 / p95 / max (ms)', `${at(0.5)} / ${at(0.95)} / ${at(1)}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
