import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '#libs/contracts';
import { Keys } from '#libs/ports';
import { Authenticator, type Credential } from '../../src/auth/authenticator.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, cookieOf, makeKey } from './caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

describe('a key that loses a scope', () => {
  it('lets an operator whose sign-in was on its way do what both allow', async () => {
    const { id, key } = await makeKey(gateway, ['admin']);
    const signedIn = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: key } });
    const me = async () => (await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie: cookieOf(signedIn) } })).body;
    expect(await me()).toMatchObject({ scopes: ['admin'] });
    // As it stands when the session is opened right behind the change: what the change ends is ended by then.
    await gateway.app.get(Keys).update(id, 'default', { scopes: ['messages', 'keys'] });
    expect(await me()).toMatchObject({ scopes: ['messages', 'keys'] });
    await gateway.app.get(Keys).update(id, 'default', { scopes: ['messages', 'audit:read'] });
    expect((await call(gateway, 'GET', '/api/v1/keys', { key: null, headers: { cookie: cookieOf(signedIn) } })).status).toBe(403);
  });

  it('ends a connection that was let in before and is made after, and none that is let in after', async () => {
    const authenticator = gateway.app.get(Authenticator);
    const { id, key } = await makeKey(gateway, ['messages', 'keys']);
    const letIn = async (credential: Credential = { kind: 'api-key', key }): Promise<Principal> => {
      const outcome = await authenticator.authenticate(credential);
      if (!outcome.ok) throw new Error(outcome.failure.detail);
      return outcome.value;
    };
    const before = await letIn();
    const resumed = await letIn({ kind: 'resume', token: (await authenticator.grantResume(before)).token });
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { scopes: ['messages'] } });
    for (const principal of [before, resumed]) await new Promise<void>((ended) => authenticator.watch(principal, ended));
    const unheard: string[] = [];
    authenticator.watch(before, () => unheard.push('stopped before'))();
    const stop = authenticator.watch(await letIn(), () => unheard.push('let in after'));
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { name: 'still here' } });
    expect(unheard).toEqual([]);
    stop();
  });
});
