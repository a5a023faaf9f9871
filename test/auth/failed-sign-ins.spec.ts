import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ok, refused } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import { Clock, StorageError } from '#libs/ports';
import { FailedSignIns } from '../../src/auth/failed-sign-ins.js';
import { CallMetrics } from '../../src/observability/metrics/call-metrics.js';
import { MessageMetrics } from '../../src/observability/metrics/message-metrics.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const ADDRESS = '203.0.113.7';
const wrong = async () => refused(failure('unauthenticated', 'wrong'));
const right = async () => ok('in');
const broken = async () => {
  throw new StorageError('the disk is full');
};

class SettableClock extends Clock {
  at = 1_800_000_000_000;
  override now(): number {
    return this.at;
  }
}

let gateway: StartedGateway;
let clock: SettableClock;
let failed: FailedSignIns;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => {
  clock = new SettableClock();
  failed = new FailedSignIns(clock, gateway.app.get(CallMetrics), gateway.app.get(MessageMetrics));
});

async function failTenTimes(): Promise<void> {
  for (let n = 0; n < 10; n += 1) expect((await failed.limit(ADDRESS, wrong)).ok).toBe(false);
}

describe('an address that failed ten times', () => {
  it('is not tried again within the minute, and is after it', async () => {
    await failTenTimes();
    expect(await failed.limit(ADDRESS, right)).toMatchObject({ ok: false, failure: { code: 'rate_limited', retryAfterMs: 60_000 } });
    clock.at += 60_000;
    expect(await failed.limit(ADDRESS, right)).toEqual(ok('in'));
  });

  it('does not wait for a clock that was set back', async () => {
    await failTenTimes();
    clock.at -= 3_600_000;
    expect(await failed.limit(ADDRESS, right)).toEqual(ok('in'));
  });
});

it('an attempt that broke on our side is no failure of who made it', async () => {
  for (let n = 0; n < 20; n += 1) await expect(failed.limit(ADDRESS, broken)).rejects.toThrow(StorageError);
  expect(await failed.limit(ADDRESS, right)).toEqual(ok('in'));
});
