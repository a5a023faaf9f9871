import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '#libs/policy';

const anybody = () => true;

function drain(queue: FairQueue): string[] {
  const order: string[] = [];
  for (let next = queue.shift(anybody); next !== undefined; next = queue.shift(anybody)) order.push(next);
  return order;
}

describe('the fair queue', () => {
  it('lets tenants take turns, however much one of them has lined up', () => {
    const queue = new FairQueue();
    for (const session of ['flood-1', 'flood-2', 'flood-3', 'flood-4']) queue.push('flooder', session);
    queue.push('quiet', 'quiet-1');
    expect(drain(queue)).toEqual(['flood-1', 'quiet-1', 'flood-2', 'flood-3', 'flood-4']);
  });

  it('holds a session once', () => {
    const queue = new FairQueue();
    queue.push('tenant', 'session');
    queue.push('tenant', 'session');
    expect(queue.size).toBe(1);
    expect(drain(queue)).toEqual(['session']);
  });

  it('passes over a tenant that may not start, which keeps its place', () => {
    const queue = new FairQueue();
    for (const session of ['flood-1', 'flood-2']) queue.push('flooder', session);
    queue.push('quiet', 'quiet-1');
    const butFlooder = (tenant: string) => tenant !== 'flooder';
    expect([queue.hasNext(butFlooder), queue.shift(butFlooder), queue.hasNext(butFlooder), queue.shift(butFlooder)]).toEqual([true, 'quiet-1', false, undefined]);
    queue.push('quiet', 'quiet-2');
    expect(drain(queue)).toEqual(['flood-1', 'quiet-2', 'flood-2']);
  });

  it('gives out each session once, keeps a tenant in its own order, and lets nobody wait behind two of another', () => {
    const entry = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), session: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const queue = new FairQueue();
        const lined = new Map<string, string[]>();
        for (const { tenant, session } of entries) {
          const id = `${tenant}-${session}`;
          queue.push(tenant, id);
          const line = lined.get(tenant) ?? [];
          if (!line.includes(id)) lined.set(tenant, [...line, id]);
        }
        const order = drain(queue);
        for (const [tenant, line] of lined) expect(order.filter((id) => id.startsWith(`${tenant}-`))).toEqual(line);
        expect(order).toHaveLength([...lined.values()].flat().length);
        const waiting = new Map([...lined].map(([tenant, line]) => [tenant, line.length]));
        let round = new Set<string>();
        for (const id of order) {
          const tenant = id.slice(0, 1);
          if (round.has(tenant)) {
            expect([...waiting].filter(([name, left]) => left > 0 && !round.has(name))).toEqual([]);
            round = new Set<string>();
          }
          round.add(tenant);
          waiting.set(tenant, (waiting.get(tenant) ?? 0) - 1);
        }
      }),
    );
  });
});
