import { isTerminal, type GatewayEvent, type StoredEventType, type TraceStep } from '#libs/contracts';
import type { DeliveryRecord, StoredFrame } from '#libs/ports';

type StoredEvent = GatewayEvent<StoredEventType>;
type Step = Omit<TraceStep, 'sinceMs'>;

/** The life of a turn as its stored events tell it; `before` are the events of its session just before it. */
export function traceSteps(frames: readonly StoredFrame[], before: readonly StoredFrame[], delivery: DeliveryRecord | null): TraceStep[] {
  const events = frames.map(read);
  const steps = events.flatMap((event, index) => [stepOf(event), ...waitBehind(event, events[index + 1], before)]);
  const named = steps.filter((step) => step !== null);
  return withPauses(delivery === null ? named : [...named, deliveryStep(delivery)]);
}

function read({ json }: StoredFrame): StoredEvent {
  const event: StoredEvent = JSON.parse(json);
  return event;
}

function withPauses(steps: readonly Step[]): TraceStep[] {
  return steps.map((step, index) => {
    const before = steps[index - 1] ?? step;
    return { ...step, sinceMs: Math.max(0, Date.parse(step.at) - Date.parse(before.at)) };
  });
}

function stepOf(event: StoredEvent): Step | null {
  const { at } = event;
  switch (event.type) {
    case 'message-accepted':
      return { step: 'accepted', at, detail: `by ${event.channel} from ${event.author.kind} ${event.author.id}` };
    case 'turn-started':
      return { step: 'started', at, detail: `${event.agent}, attempt ${event.attempt}`, ...reasonToStart(event.attempt) };
    case 'phase-changed':
      return { step: 'phase', at, detail: event.phase };
    case 'tool-called':
      return { step: 'tool-called', at, detail: event.skill };
    case 'tool-finished':
      return { step: 'tool-finished', at, detail: event.outcome };
    case 'turn-completed':
      return { step: 'completed', at, detail: event.meta.model };
    case 'turn-failed':
      return { step: 'failed', at, detail: event.error.code, reason: event.error.detail };
    case 'turn-cancelled':
      return { step: 'cancelled', at, detail: `by ${event.by.kind} ${event.by.id}` };
    default:
      return null;
  }
}

function reasonToStart(attempt: number): { reason?: string } {
  if (attempt === 1) return {};
  return { reason: `attempt ${attempt - 1} was cut off by a shutdown, a crash or a storage fault` };
}

/** A message whose turn did not start in the commit that accepted it has waited. */
function waitBehind(event: StoredEvent, next: StoredEvent | undefined, before: readonly StoredFrame[]): Step[] {
  if (event.type !== 'message-accepted' || (next?.type === 'turn-started' && next.at === event.at)) return [];
  const reason = leavesOneOpen(before) ? 'another turn of the session was not done' : 'no place was free, or no gateway ran';
  return [{ step: 'queued', at: event.at, detail: '', reason }];
}

/** Whether a turn that these events tell of has not ended in them. */
export function leavesOneOpen(before: readonly StoredFrame[]): boolean {
  const ended = new Set(before.filter(({ type }) => isTerminal(type)).map(({ turnId }) => turnId));
  return before.some(({ turnId }) => turnId !== null && !ended.has(turnId));
}

function deliveryStep({ channel, to, state, attempts, reason, changedAt }: DeliveryRecord): Step {
  const detail = `${state} by ${channel} to ${to}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  return { step: 'delivery', at: new Date(changedAt).toISOString(), detail, ...(reason === null ? {} : { reason }) };
}
