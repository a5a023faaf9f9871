/** The steps of a message's road at which a test may end the process. */
const FAILPOINTS = [
  'accept.before-commit',
  'accept.after-commit',
  'accept.after-ack',
  'commit.before',
  'commit.after',
  'claim.before-commit',
  'claim.after-commit',
  'start.after-commit',
  'phase-changed.before-commit',
  'phase-changed.after-commit',
  'tool-called.before-commit',
  'tool-called.after-commit',
  'skill.before-call',
  'skill.after-call',
  'tool-finished.before-commit',
  'tool-finished.after-commit',
  'checkpoint.before-commit',
  'checkpoint.after-commit',
  'publish.before',
  'finish.before-commit',
  'finish.after-commit',
  'finish.after-publish',
  'cancel.before-commit',
  'cancel.after-commit',
  'erase.before-commit',
  'erase.after-commit',
  'drain.begin',
  'release.before-commit',
  'release.after-commit',
  'recovery.between',
  'recovery.before-end',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** The process ends at the `passing`-th time (1, 2, 3 …) that it comes by this step. */
export interface ArmedFailpoint {
  readonly step: Failpoint;
  readonly passing: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What `PARLEY_FAILPOINT=<step>:<passing>` arms; null when it is not set, or wrong, or this process is not under test. */
export function armedFailpoint(env: Environment): ArmedFailpoint | null {
  if (env['PARLEY_TESTING'] !== '1') return null;
  const [name, times = '1', ...rest] = (env['PARLEY_FAILPOINT'] ?? '').split(':');
  const step = FAILPOINTS.find((known) => known === name);
  return step === undefined || rest.length > 0 || !/^[1-9]\d{0,8}$/.test(times) ? null : { step, passing: Number(times) };
}

/** Why the process must not start with this `PARLEY_FAILPOINT`, or null. */
export function failpointComplaint(env: Environment): string | null {
  if ((env['PARLEY_FAILPOINT'] ?? '') === '' || armedFailpoint(env) !== null) return null;
  return env['PARLEY_TESTING'] === '1' ? 'PARLEY_FAILPOINT: not a known step' : 'PARLEY_FAILPOINT: ends the process and is for tests only; unset it';
}
