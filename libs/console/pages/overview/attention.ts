import type { Summary } from '#libs/contracts';
import { duration } from '../../parts/figures.js';

const LONG_WAIT_MS = 10_000;

/** Something that an operator should look at, and where. */
export interface Concern {
  readonly tone: 'bad' | 'warn';
  readonly text: string;
  readonly to: string;
}

/** What needs attention, the worst first. */
export function concernsOf(summary: Summary, now: number): Concern[] {
  const { gateway, health, agents, outbox, turns, channels } = summary;
  const concerns: Concern[] = [];
  const say = (tone: Concern['tone'], text: string, to: string): void => void concerns.push({ tone, text, to });
  if (gateway.state === 'draining') say('bad', 'The gateway is shutting down: new messages are refused, running turns end.', '/health');
  if (health.status !== 'ok') {
    const what = health.down.length === 0 ? 'a check is down' : `down: ${health.down.join(', ')}`;
    say(health.status === 'unavailable' ? 'bad' : 'warn', `Health is ${health.status}; ${what}.`, '/health');
  }
  if (agents.unhealthy > 0) say('bad', `${agents.unhealthy === 1 ? 'One agent is' : `${agents.unhealthy} agents are`} unhealthy.`, '/agents');
  if (outbox.deadLetters > 0) say('warn', `${outbox.deadLetters === 1 ? 'One delivery was' : `${outbox.deadLetters} deliveries were`} given up.`, '/dead-letters');
  const waits = turns.oldestQueuedAt === null ? 0 : now - Date.parse(turns.oldestQueuedAt);
  if (waits > LONG_WAIT_MS) say('warn', `A message has been waiting for ${duration(waits)}.`, '/queue');
  const stopped = channels.filter(({ state }) => state === 'stopped').map(({ name }) => name);
  if (stopped.length > 0) say('warn', `Stopped: ${stopped.join(', ')}.`, '/channels');
  return concerns;
}
