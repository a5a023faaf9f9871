import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { api, textOf } from './api.js';
import { certificateFor } from './certificate.js';
import { eventually } from './eventually.js';
import { startMortalGateway, type MortalGateway } from './gateway-that-dies.js';
import { ReceiverChild } from './receiver-child.js';

/** The lease of a delivery that was under way, and some time for the machine. */
const LEASE_ENDS_WITHIN_MS = 50_000;

describe('a gateway that is killed while it delivers', () => {
  let folder: string;
  let receiver: ReceiverChild;
  let gateway: MortalGateway;
  let settings: Record<string, string>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-crash-'));
    receiver = await ReceiverChild.open(folder, await certificateFor('localhost'));
    settings = { ALLOW_LOOPBACK_EGRESS: 'true', NODE_EXTRA_CA_CERTS: join(folder, 'receiver-cert.pem') };
    gateway = await startMortalGateway(folder, settings);
  });
  afterEach(async () => {
    await gateway.kill();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  const calls = (count: number, withinMs?: number) => eventually(async () => receiver.calls, (heard) => heard.length >= count, withinMs);

  it('tries what was under way again after the restart, over HTTPS, with the same webhook-id and a signature that still holds', async () => {
    receiver.hold(true);
    const session = textOf((await api(gateway, 'POST', '/api/v1/sessions', {})).body['id']);
    const url = `https://localhost:${receiver.port}/hook`;
    const { body: callback } = await api(gateway, 'PUT', `/api/v1/sessions/${session}/callback`, { url });
    const sent = await api(gateway, 'POST', '/api/v1/channels/callback/send', { to: url, content: 'of its own accord' });
    const message = await api(gateway, 'POST', '/api/v1/messages', { sessionId: session, content: '/echo survives' });
    await calls(2);
    await gateway.kill();
    receiver.hold(false);

    gateway = await startMortalGateway(folder, settings);
    const heard = await calls(4, LEASE_ENDS_WITHIN_MS);
    const ids = [textOf(sent.body['deliveryId']), textOf(message.body['turnId'])];
    for (const id of ids) {
      const same = heard.filter((call) => call.id === id);
      expect(same).toHaveLength(2);
      expect(same[1]?.body).toBe(same[0]?.body);
      const secret = textOf(id === ids[0] ? sent.body['secret'] : callback['secret']);
      for (const call of same) new Webhook(secret).verify(call.body, call.headers);
      const state = () => api(gateway, 'GET', `/api/v1/deliveries/${id}`);
      expect((await eventually(state, ({ body }) => body['state'] === 'delivered')).body).toMatchObject({ attempts: 2 });
    }
    expect(await gateway.stop()).toBe(0);
    expect(receiver.calls).toHaveLength(4);
  });

  it('goes down in good order while a receiver does not answer, and delivers after the restart', async () => {
    receiver.hold(true);
    const url = `https://localhost:${receiver.port}/hook`;
    const sent = await api(gateway, 'POST', '/api/v1/channels/callback/send', { to: url, content: 'held' });
    await calls(1);
    expect(await gateway.stop()).toBe(0);
    gateway = await startMortalGateway(folder, settings);
    receiver.hold(false);
    const state = () => api(gateway, 'GET', `/api/v1/deliveries/${textOf(sent.body['deliveryId'])}`);
    const { body } = await eventually(state, (answer) => answer.body['state'] === 'delivered', LEASE_ENDS_WITHIN_MS);
    expect(body).toMatchObject({ attempts: 2 });
    expect(new Set(receiver.calls.map(({ id }) => id)).size).toBe(1);
  });
});
