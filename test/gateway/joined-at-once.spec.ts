import { afterEach, expect, test } from 'vitest';
import { FailureError, type Principal } from '#libs/contracts';
import { Gateway, granted } from '#libs/channel-sdk';
import { Listener } from '../support/listener.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const MAX_JOINED = 256;
const ada: Principal = { kind: 'user', id: 'ada', tenantId: 'default', scopes: new Set(['messages'] as const), credentialId: 'test-ada' };

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

test('a connection joins at most 256 sessions, at whichever door, and may join another once it left one', async () => {
  started = await startGateway();
  const gateway = started.app.get(Gateway);
  const reader = new Listener();
  const join = async (sessionId: string): Promise<void> => {
    const { follow } = await granted(gateway.join(ada, { sessionId }, reader));
    await follow();
  };
  const newSession = async (): Promise<string> => (await granted(gateway.createSession(ada, {}))).id;

  const [first = '', oneMore = '', ...others] = await Promise.all(Array.from({ length: MAX_JOINED + 1 }, newSession));
  for (const sessionId of [first, ...others]) await join(sessionId);
  await join(first);
  const refusal: unknown = await join(oneMore).catch((error: unknown) => error);
  expect(refusal instanceof FailureError ? refusal.failure.code : refusal).toBe('conflict');

  await granted(gateway.leave(ada, { sessionId: first }, reader));
  await join(oneMore);
});
