import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS, NO_TENANT_LIMITS, type Principal } from '#libs/contracts';
import type { TenantRecord } from '#libs/ports';
import { MemoryTenants } from '../../src/persistence/memory/memory-tenants.js';
import { CountedMessageLimits } from '../../src/throttling/counted-message-limits.js';
import { LimitsInForce } from '../../src/throttling/limits-in-force.js';
import { MemoryCounters } from '../../src/throttling/memory-counters.js';
import { MessageLimits } from '../../src/throttling/message-limits.js';
import { TenantLimitsBook } from '../../src/throttling/tenant-limits-book.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const AT = 1_800_000_000_000;

let gateway: StartedGateway;
let stricter: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({ RATE_LIMIT_PER_MINUTE: '20' });
  stricter = await startGateway({ RATE_LIMIT_PER_MINUTE: '5' });
});
afterAll(async () => {
  await gateway.stop();
  await stricter.stop();
});

const principal = (id: string): Principal => ({ kind: 'user', id, tenantId: 'default', scopes: new Set(['messages']), credentialId: 'x' });
const minuteOf = async (of: StartedGateway, who: Principal) => (await of.app.get(MessageLimits).take(who, AT)).quotas[0];

describe('what is kept of a tenant', () => {
  it('is its own, also where two tenants have their limits from one object', async () => {
    const limits = { ...NO_TENANT_LIMITS, messagesPerMinute: 2 };
    class OneRow extends MemoryTenants {
      override async find(id: string): Promise<TenantRecord> {
        return { id, name: id, limits, createdAt: 0 };
      }
    }
    const own = new CountedMessageLimits(new MemoryCounters(), new LimitsInForce(), new TenantLimitsBook(new OneRow()), gateway.config);
    const allowed = async (tenantId: string) => (await own.take({ ...principal('ada'), tenantId }, AT)).allowed;
    const seen: boolean[] = [];
    for (const tenantId of ['acme', 'rival', 'acme', 'rival', 'acme', 'rival']) seen.push(await allowed(tenantId));
    expect(seen).toEqual([true, true, true, true, false, false]);
  });
});

describe('what is kept of a principal', () => {
  it('is not seen in it, and does not go along with a copy for somebody else', async () => {
    const ada = principal('ada');
    const before = JSON.stringify(ada);
    expect(await minuteOf(gateway, ada)).toMatchObject({ remaining: 19 });
    expect(JSON.stringify(ada)).toBe(before);
    expect(Reflect.ownKeys(ada)).toEqual(Reflect.ownKeys(principal('ada')));
    expect(await minuteOf(gateway, { ...ada, id: 'bob' })).toMatchObject({ remaining: 19 });
    expect(await minuteOf(gateway, { ...ada })).toMatchObject({ remaining: 18 });
    expect(await minuteOf(gateway, Object.freeze(principal('ada')))).toMatchObject({ remaining: 17 });
  });

  it('holds in one gateway: another in this process has its own limits and counts', async () => {
    const eve = principal('eve');
    for (const left of [1, 2, 3]) {
      expect(await minuteOf(gateway, eve)).toMatchObject({ limit: 20, remaining: 20 - left });
      expect(await minuteOf(stricter, eve)).toMatchObject({ limit: 5, remaining: 5 - left });
    }
  });

  it('follows limits that have changed', async () => {
    const own = (messagesPerMinute: number | null): Principal => ({ ...principal('tim'), limits: { ...NO_PRINCIPAL_LIMITS, messagesPerMinute } });
    const tim: { -readonly [field in keyof Principal]: Principal[field] } = own(3);
    expect(await minuteOf(gateway, tim)).toMatchObject({ limit: 3, remaining: 2 });
    tim.limits = { ...NO_PRINCIPAL_LIMITS, messagesPerMinute: 9 };
    expect(await minuteOf(gateway, tim)).toMatchObject({ limit: 9, remaining: 7 });
    tim.limits = NO_PRINCIPAL_LIMITS;
    expect(await minuteOf(gateway, tim)).toMatchObject({ limit: 20, remaining: 17 });
  });
});
