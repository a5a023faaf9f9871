import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slots } from '#libs/policy';

const AGENTS = ['a', 'b'] as const;
type Name = (typeof AGENTS)[number];

/** Sessions that each have one turn for one agent, and a queue that tries to start whoever is woken. */
class Road {
  readonly running: Record<Name, string[]> = { a: [], b: [] };
  readonly waits = new Map<string, Name>();
  readonly limits: Record<Name, number> = { a: Infinity, b: Infinity };
  started = 0;
  readonly slots = new Slots((sessionId) => {
    const agent = this.waits.get(sessionId);
    this.waits.delete(sessionId);
    if (agent !== undefined) this.try(sessionId, agent);
    this.slots.settled(sessionId);
  });

  try(sessionId: string, agent: Name): void {
    if (this.slots.take('t', agent)) {
      this.running[agent].push(sessionId);
      this.started += 1;
    } else {
      this.waits.set(sessionId, agent);
      this.slots.wait('t', agent, sessionId);
    }
  }

  limit(agent: Name, replicas: number, stopped: boolean): void {
    this.limits[agent] = stopped ? 0 : replicas;
    this.slots.limit('t', agent, { replicas, stopped });
  }

  end(agent: Name): void {
    if (this.running[agent].shift() !== undefined) this.slots.leave('t', agent);
  }
}

const agent = fc.constantFrom(...AGENTS);
const step = fc.oneof(
  fc.record({ kind: fc.constant('arrive' as const), agent }),
  fc.record({ kind: fc.constant('end' as const), agent }),
  fc.record({ kind: fc.constant('limit' as const), agent, replicas: fc.constantFrom(1, 2, 3, Infinity), stopped: fc.boolean() }),
  fc.record({ kind: fc.constant('restart' as const), agent }),
);

describe('slots', () => {
  it('start no turn beyond the replicas, keep none waiting while there is room, and lose none', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const road = new Road();
        let arrived = 0;
        for (const one of steps) {
          const before = road.running[one.agent].length;
          if (one.kind === 'arrive') road.try(`s${(arrived += 1)}`, one.agent);
          else if (one.kind === 'end') road.end(one.agent);
          else if (one.kind === 'limit') road.limit(one.agent, one.replicas, one.stopped);
          else road.slots.restart('t', one.agent);
          for (const name of AGENTS) {
            const running = road.running[name].length;
            if (name === one.agent && running > before) expect(running).toBeLessThanOrEqual(road.limits[name]);
            const waiting = [...road.waits.values()].filter((waits) => waits === name).length;
            if (waiting > 0 && !road.slots.isRestarting('t', name)) expect(running).toBeGreaterThanOrEqual(road.limits[name]);
          }
        }
        for (const name of AGENTS) {
          road.limit(name, Infinity, false);
          while (road.running[name].length > 0) road.end(name);
        }
        expect(road.started).toBe(arrived);
        expect(road.slots.restricts('t')).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
