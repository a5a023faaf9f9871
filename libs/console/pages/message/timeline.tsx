import type { Message, Trace, TraceStep } from '#libs/contracts';
import { duration } from '../../parts/figures.js';
import { SinceText } from '../../parts/since-text.js';
import { OutsideText } from '../../views/outside-text.js';

const WORDS: Record<TraceStep['step'], string> = {
  accepted: 'Accepted',
  queued: 'Waited',
  started: 'Turn started',
  phase: 'Phase',
  'tool-called': 'Skill called',
  'tool-finished': 'Skill finished',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  delivery: 'Delivery',
};
const BAD = new Set<TraceStep['step']>(['failed', 'cancelled']);
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' });

/** The steps from top to bottom. The bar of a step lies on the whole life where the time since the step before lies. */
export function Timeline({ trace: { steps }, status }: { readonly trace: Trace; readonly status: Message['status'] | undefined }) {
  const whole = Math.max(
    1,
    steps.reduce((sum, { sinceMs }) => sum + sinceMs, 0),
  );
  const longest = Math.max(...steps.map(({ sinceMs }) => sinceMs));
  return (
    <ol className="timeline" aria-label="Steps">
      {steps.map((step, index) => (
        <li key={index} data-step={step.step} data-bad={BAD.has(step.step)} data-longest={longest > 0 && step.sinceMs === longest}>
          <time dateTime={step.at} title={new Date(step.at).toLocaleString()}>
            {clock.format(new Date(step.at))}
          </time>
          <div className="step">
            <p className="step-name">
              {WORDS[step.step]}
              <span className="soft">
                <OutsideText>{step.detail}</OutsideText>
              </span>
            </p>
            {step.reason !== undefined && (
              <p className="step-reason">
                <OutsideText>{step.reason}</OutsideText>
              </p>
            )}
          </div>
          <p className="step-since">
            {index > 0 && `+${duration(step.sinceMs)}`}
            <span className="step-track" aria-hidden="true">
              <span className="step-bar" style={{ marginInlineStart: share(begunAt(steps, index), whole), width: share(step.sinceMs, whole) }} />
            </span>
          </p>
        </li>
      ))}
      {(status === 'queued' || status === 'running') && <Now status={status} last={steps.at(-1)} />}
    </ol>
  );
}

/** What goes on since the last step: a turn that is slow is slow here. */
function Now({ status, last }: { readonly status: 'queued' | 'running'; readonly last: TraceStep | undefined }) {
  if (last === undefined) return null;
  const what = status === 'queued' ? 'Waits' : last.step === 'tool-called' ? 'The skill is at work' : 'The agent is at work';
  return (
    <li data-step="now" data-longest="true">
      <span className="soft">now</span>
      <div className="step">
        <p className="step-name">{what}</p>
      </div>
      <p className="step-since">
        +<SinceText at={last.at} />
      </p>
    </li>
  );
}

function begunAt(steps: readonly TraceStep[], index: number): number {
  return steps.slice(0, index).reduce((sum, { sinceMs }) => sum + sinceMs, 0);
}

function share(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(2)}%`;
}
