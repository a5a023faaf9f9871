import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';
import { Log } from '../../src/observability/log.js';
import { awakeTime } from '../support/awake-time.js';

function lifecycle(settings: Record<string, string> = {}): Lifecycle {
  const config = readConfig({ LOG_LEVEL: 'silent', ...settings });
  return new Lifecycle(config, new Log(config));
}

describe('the shutdown', () => {
  it('runs phase after phase and, within a phase, step after step as they were registered', async () => {
    const order: string[] = [];
    const life = lifecycle();
    const step = (name: string) => ({ name, run: () => void order.push(name) });
    life.register('final', step('store'));
    life.register('drain', step('turns'));
    life.register('cleanup', step('doors'));
    life.register('cleanup', step('server'));
    const report = await life.shutdown();
    expect(order).toEqual(['turns', 'doors', 'server', 'store']);
    expect(report.clean).toBe(true);
  });

  it('happens once, however often it is asked for', async () => {
    let runs = 0;
    const life = lifecycle();
    life.register('drain', { name: 'count', run: () => void (runs += 1) });
    await Promise.all([life.shutdown(), life.shutdown()]);
    expect(runs).toBe(1);
  });

  it('tells a step its deadline, cuts one that does not let go, goes on, and says so', async () => {
    const life = lifecycle({ SHUTDOWN_DRAIN_MS: '200' });
    let told = false;
    let reached = false;
    life.register('drain', {
      name: 'stuck',
      run: (deadline) => {
        deadline.addEventListener('abort', () => (told = true));
        return new Promise<void>(() => undefined);
      },
    });
    life.register('final', { name: 'store', run: () => void (reached = true) });
    const report = await life.shutdown();
    expect(report.steps.map(({ step, outcome }) => [step, outcome])).toEqual([
      ['stuck', 'cut'],
      ['store', 'done'],
    ]);
    expect([told, reached, report.clean]).toEqual([true, true, false]);
  });

  it('does not cut a step that waits for nearly all its time because the process came to it late', async () => {
    const life = lifecycle({ SHUTDOWN_PRE_DRAIN_MS: '200' });
    life.register('pre-drain', {
      name: 'waits',
      run: (_deadline, budgetMs) => {
        const late = performance.now() + 60;
        while (performance.now() < late);
        return delay(budgetMs - 20);
      },
    });
    expect((await life.shutdown()).steps).toMatchObject([{ step: 'waits', outcome: 'done' }]);
  });

  it('goes on after a step that fails, and is not clean then', async () => {
    const life = lifecycle();
    life.register('drain', { name: 'broken', run: () => Promise.reject(new Error('planned')) });
    const report = await life.shutdown();
    expect(report.steps[0]).toMatchObject({ step: 'broken', outcome: 'failed' });
    expect(report.clean).toBe(false);
  });

  it('keeps within the total, whatever the phases were given', async () => {
    const life = lifecycle({ SHUTDOWN_DRAIN_MS: '60000', SHUTDOWN_CLEANUP_MS: '60000', SHUTDOWN_TOTAL_MS: '300' });
    const stuck = { name: 'stuck', run: () => new Promise<void>(() => undefined) };
    life.register('drain', stuck);
    life.register('cleanup', stuck);
    const sinceAsked = awakeTime();
    const report = await life.shutdown();
    expect(sinceAsked()).toBeLessThan(600);
    expect(report.clean).toBe(false);
  });
});
