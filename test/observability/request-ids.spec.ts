import { afterEach, expect, it } from 'vitest';
import { eventually } from '../outbox/eventually.js';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';

let gateway: GatewayProcess | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

function lines({ output }: GatewayProcess): Record<string, unknown>[] {
  return output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function ask({ url }: GatewayProcess, method: string, path: string, requestId: string, body?: object): Promise<Record<string, unknown>> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { 'x-api-key': ADMIN_KEY, 'x-request-id': requestId, ...json };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const read: Record<string, unknown> = await answer.json();
  return read;
}

it('a turn that waited when its process was killed has the request id of its message in the next one', async () => {
  const deployments = '/api/v1/control-plane/deployments';
  const first = (gateway = await startGatewayProcess());
  const [concierge] = (await ask(first, 'GET', deployments, 'a'))['items'] as { id: string }[];
  const deployment = `${deployments}/${concierge?.id ?? ''}`;
  await ask(first, 'POST', `${deployment}/stop`, 'b', {});
  const kept = await ask(first, 'POST', '/api/v1/messages', 'of-the-kept', { content: '/echo kept' });
  const dropped = await ask(first, 'POST', '/api/v1/messages', 'of-the-dropped', { content: '/echo dropped' });
  await first.kill();
  const second = (gateway = await startGatewayProcess({}, first.dataDir));
  expect(await ask(second, 'POST', `/api/v1/messages/${String(dropped['messageId'])}/cancel`, 'c')).toEqual({ state: 'cancelled' });
  await ask(second, 'POST', `${deployment}/start`, 'd', {});
  const turns = await eventually(async () => lines(second).filter(({ msg }) => msg === 'turn'), (told) => told.length >= 2);
  expect(turns.map(({ turnId, state, requestId }) => [turnId, state, requestId])).toEqual([
    [dropped['turnId'], 'cancelled', 'of-the-dropped'],
    [kept['turnId'], 'completed', 'of-the-kept'],
  ]);
});
