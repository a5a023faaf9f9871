import { isIP } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusals } from '../audit/refusals.js';
import { call } from '../auth/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { LOOPBACK, PRIVATE } from './addresses.js';

let gateway: StartedGateway;
const refusals = new Refusals(() => gateway);
beforeAll(async () => {
  gateway = await startGateway({ LOG_LEVEL: 'silent' });
});
afterAll(() => gateway.stop());

const HERE = '127.0.0.1';

/** As a URL names them: numbers and short forms are read as the address that they stand for. */
const HOSTS = [
  ...[...LOOPBACK, ...PRIVATE].filter((address) => isIP(address) !== 0 && !address.includes('%')).map((address) => (isIP(address) === 6 ? `[${address}]` : address)),
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.000.000.001',
  '[::ffff:127.0.0.1]:443',
  '%31%32%37.0.0.1',
  '１２７.0.0.1',
];

/** What an operator can give the gateway to call. */
const PLACES: readonly [string, string, (url: string) => object][] = [
  ['/api/v1/channels/callback/secrets', 'url', (url) => ({ url })],
  ['/api/v1/tenants/default/issuers', 'jwksUrl', (jwksUrl) => ({ issuer: 'https://issuer.example', audience: 'parley', jwksUrl })],
];

describe('an address that must not be called is refused where it is given, and the audit log counts it', () => {
  it.each(HOSTS)('%s', async (host) => {
    for (const [path, field, body] of PLACES) {
      const answer = await call(gateway, 'POST', path, { body: body(`https://${host}/hook`) });
      expect({ status: answer.status, code: answer.body.code, paths: answer.body.errors.map((error) => error.path) }).toEqual({ status: 400, code: 'validation_failed', paths: [field] });
      await refusals.expectOne(HERE, 'validation_failed');
    }
  });

  it('also as the callback of a session', async () => {
    const session = await call(gateway, 'POST', '/api/v1/sessions', { body: {} });
    expect(session.status).toBe(201);
    for (const host of ['10.0.0.1', '169.254.169.254', '[fd00:ec2::254]', '127.0.0.1']) {
      const answer = await call(gateway, 'PUT', `/api/v1/sessions/${session.body.id}/callback`, { body: { url: `https://${host}/hook` } });
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'validation_failed' });
      await refusals.expectOne(HERE, 'validation_failed');
    }
  });
});
