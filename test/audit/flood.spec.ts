import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#libs/contracts';
import { RefusalCounts } from '../../src/audit/refusal-counts.js';
import { call, makeKey } from '../auth/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function refusedCalls(): Promise<readonly AuditEntry[]> {
  const { body } = await call(gateway, 'GET', '/api/v1/audit?action=call.refused&limit=200');
  const items: AuditEntry[] = JSON.parse(JSON.stringify(body.items));
  return items;
}

describe('a flood of refused calls', () => {
  it('from one IPv6 network is one entry', async () => {
    const counts = gateway.app.get(RefusalCounts);
    for (const address of ['2001:db8:7:8::1', '2001:db8:7:8::2', '2001:db8:7:8:ffff:ffff:ffff:ffff', '2001:db8:7:9::1']) counts.note(address, 401, null);
    const told = (await refusedCalls()).map(({ address, after }) => ({ address, after }));
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({ address: '2001:db8:7:8::1', after: { since: expect.any(String), counts: { 401: 3 }, callers: [] } });
  });

  it('from many addresses is a thousand entries and one for the others, and what operators do has room beside it', async () => {
    const { id } = await makeKey(gateway, ['messages']);
    const counts = gateway.app.get(RefusalCounts);
    for (let n = 0; n < 12_000; n += 1) counts.note(`198.18.${n >> 8}.${n & 255}`, 401, null);
    const written = counts.flush();
    expect((await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { name: 'in the flood' } })).status).toBe(200);
    await written;
    const others = (await refusedCalls()).find(({ address }) => address === 'others');
    expect(others).toMatchObject({ after: { counts: { 401: 11_000 } } });
    const { body: verdict } = await call(gateway, 'POST', '/api/v1/audit/verify', { body: {} });
    expect(verdict).toMatchObject({ ok: true });
  });
});
