import { FailureError, type Principal, type SendMessage } from '#libs/contracts';
import type { Gateway, SendReceipt } from '#libs/channel-sdk';
import type { Listener } from './listener.js';

/** An end user who may send in sessions of their own. */
export function user(id: string, tenantId = 'default'): Principal {
  return { kind: 'user', id, tenantId, scopes: new Set(['messages']), credentialId: `test-${id}` };
}

export const ada = user('ada');
export const bob = user('bob');

/** Sends as Ada (or `by`); a refusal fails the test with its problem. */
export async function send(gateway: Gateway, message: SendMessage, listener?: Listener, by = ada): Promise<SendReceipt> {
  const outcome = await gateway.send(by, message, { channel: 'http', ...(listener === undefined ? {} : { subscriber: listener }) });
  if (!outcome.ok) throw new FailureError(outcome.failure);
  return outcome.value;
}

/** Joins as Ada and follows from `after`. */
export async function follow(gateway: Gateway, sessionId: string, listener: Listener, after?: number): Promise<void> {
  const joined = await gateway.join(ada, { sessionId, ...(after === undefined ? {} : { after }) }, listener);
  if (!joined.ok) throw new FailureError(joined.failure);
  await joined.value.follow();
}

/** Tells the event that ends the turn. */
export const ended = (turnId: string) => (event: { type: string; turnId?: string }) =>
  event.type.startsWith('turn-') && event.type !== 'turn-started' && event.turnId === turnId;
