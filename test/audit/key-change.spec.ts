import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { api, textOf } from '../outbox/api.js';
import { Receiver } from '../outbox/receiver.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let receiver: Receiver;
let folder: string | undefined;
beforeEach(async () => {
  receiver = await Receiver.open();
  folder = undefined;
});
afterEach(async () => {
  await receiver.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const newKey = () => randomBytes(32).toString('base64');

/** Runs a gateway on the folder of the one before; whatever happens it is stopped, and the folder stays. */
async function withKeys<Result>(settings: Record<string, string>, work: (gateway: StartedGateway) => Promise<Result>): Promise<Result> {
  const gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true', ...settings }, folder === undefined ? {} : { dataDir: folder });
  folder = gateway.dataDir;
  try {
    return await work(gateway);
  } finally {
    await gateway.stop({ keepData: true });
  }
}

const verdict = async (gateway: StartedGateway) => (await api(gateway, 'POST', '/api/v1/audit/verify', {})).body;

/** A message is sent; resolves when it arrived with the secret's signature. */
async function delivers(gateway: StartedGateway, secret: string, nth: number): Promise<void> {
  await api(gateway, 'POST', '/api/v1/channels/callback/send', { to: receiver.url(), content: 'hello' });
  const call = (await receiver.called(nth))[nth - 1];
  if (call === undefined) throw new Error('expected a call');
  new Webhook(secret).verify(call.body, call.headers as Record<string, string>);
}

describe('another ENCRYPTION_KEY', () => {
  it('opens what the earlier one sealed and signed, seals it anew at the start, and then needs the earlier one no more', async () => {
    const [before, after] = [newKey(), newKey()];
    const secret = await withKeys({ ENCRYPTION_KEY: before }, async (gateway) => {
      const made = await api(gateway, 'POST', '/api/v1/channels/callback/secrets', { url: receiver.url() });
      return textOf(made.body['secret']);
    });
    await withKeys({ ENCRYPTION_KEY: after, ENCRYPTION_KEYS_EARLIER: before }, async (gateway) => {
      expect(await verdict(gateway)).toMatchObject({ ok: true });
    });
    await withKeys({ ENCRYPTION_KEY: after }, async (gateway) => {
      expect(await verdict(gateway)).toMatchObject({ ok: true });
      await delivers(gateway, secret, 1);
    });
  });

  it('opens nothing without the earlier one, and the audit log says so', async () => {
    const secret = await withKeys({ ENCRYPTION_KEY: newKey() }, async (gateway) => {
      const made = await api(gateway, 'POST', '/api/v1/channels/callback/secrets', { url: receiver.url() });
      return textOf(made.body['secret']);
    });
    expect(secret).toMatch(/^whsec_/);
    await withKeys({ ENCRYPTION_KEY: newKey(), LOG_LEVEL: 'silent' }, async (gateway) => {
      expect(await verdict(gateway)).toMatchObject({ ok: false });
    });
  });

  it.each(['nonsense', `${newKey()},short`, Array.from({ length: 9 }, newKey).join(',')])('is not started with %s as earlier ones', async (earlier) => {
    await expect(startGateway({ ENCRYPTION_KEYS_EARLIER: earlier })).rejects.toThrow(/^ENCRYPTION_KEYS_EARLIER/);
  });
});
