import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialFrom } from '../../src/auth/credentials.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from './caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** Sends header lines exactly as given, doubles and case included. */
function rawStatus(path: string, headers: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const host = new URL(gateway.url).host;
    const sent = request(gateway.url + path, { headers: [...headers, 'host', host], timeout: 5000 }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject).end();
  });
}

describe('what a request shows', () => {
  const places = { cookieName: 'parley' };
  const asked = { ...places, url: '/x?after=1&ticket=tk_1' };

  it('is a key before a ticket before a cookie', () => {
    const all = { authorization: 'Bearer k1', cookie: 'parley=c1' };
    expect(credentialFrom(all, asked)).toEqual({ ok: true, value: { kind: 'api-key', key: 'k1' } });
    expect(credentialFrom({ cookie: 'parley=c1' }, asked)).toEqual({ ok: true, value: { kind: 'ticket', ticket: 'tk_1' } });
    expect(credentialFrom({ cookie: 'parley=c1' }, places)).toEqual({ ok: true, value: { kind: 'cookie', value: 'c1' } });
    expect(credentialFrom({}, places)).toEqual({ ok: true, value: null });
  });

  it('is not looked for in a query where tickets are not taken', () => {
    expect(credentialFrom({}, { ...places })).toEqual({ ok: true, value: null });
  });

  it.each([
    ['two different keys', { authorization: 'Bearer k1', 'x-api-key': 'k2' }, places, 'validation_failed'],
    ['an empty key beside a real one', { authorization: 'Bearer k1', 'x-api-key': '' }, places, 'validation_failed'],
    ['two tickets', {}, { ...places, url: '/x?ticket=a&ticket=b' }, 'validation_failed'],
    ['two cookies of the name', { cookie: 'parley=a; parley=b' }, places, 'unauthenticated'],
  ])('is refused when it is ambiguous: %s', (_name, headers, where, code) => {
    expect(credentialFrom(headers, where)).toMatchObject({ ok: false, failure: { code } });
  });

  it('is the same key in both headers when they agree', () => {
    const headers = { authorization: 'Bearer k1', 'x-api-key': 'k1' };
    expect(credentialFrom(headers, places)).toEqual({ ok: true, value: { kind: 'api-key', key: 'k1' } });
  });
});

describe('forms of headers', () => {
  it('open nothing that the plain form does not open', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    const me = '/auth/me';
    expect(await rawStatus(me, ['X-API-KEY', key])).toBe(200);
    expect(await rawStatus(me, ['AUTHORIZATION', `BEARER ${key}`])).toBe(200);
    expect(await rawStatus(me, ['X-Api-Key', key, 'Authorization', `Bearer ${key}`])).toBe(200);
    expect(await rawStatus(me, ['X-Api-Key', key, 'Authorization', `Bearer ${ADMIN_KEY}`])).toBe(400);
    expect(await rawStatus(me, ['X-Api-Key', key, 'X-API-KEY', ADMIN_KEY])).toBe(401);
    expect(await rawStatus(me, ['X-Api-Key', 'wrong', 'X-API-KEY', key])).toBe(401);
    expect(await rawStatus(me, ['Authorization', `Basic ${Buffer.from(`admin:${key}`).toString('base64')}`])).toBe(401);
    expect(await rawStatus(me, ['Authorization', key])).toBe(401);
    expect(await rawStatus(me, ['Authorization', 'Bearer '])).toBe(401);
    expect(await rawStatus(me, ['Cookie', `parley=${key}`])).toBe(401);
    expect(await rawStatus(`${me}?ticket=${key}`, [])).toBe(401);
    expect(await rawStatus(`${me}?apiKey=${key}&key=${key}`, [])).toBe(401);
  });

  it('with look-alikes of a good key are refused', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    const [, prefix = '', secret = ''] = key.split('_');
    const last = key.endsWith('A') ? 'B' : 'A';
    const wrong = [
      `${key.slice(0, -1)}${last}`, `${key}A`, key.slice(0, -1), `pk_${prefix}_${secret.toLowerCase()}x`, `pk_${prefix}`, `pk_${prefix}_`,
      `PK_${prefix}_${secret}`, `${key}%00`, `"${key}"`, `pk_________${secret}`,
      ADMIN_KEY.toUpperCase(), ADMIN_KEY.slice(0, -1), `${ADMIN_KEY}0`,
    ];
    for (const shown of wrong) {
      const refusal = await call(gateway, 'GET', '/auth/me', { key: shown });
      expect(refusal.status, shown).toBe(401);
      expect(JSON.stringify(refusal.body)).not.toContain(secret);
    }
    expect((await call(gateway, 'GET', '/auth/me', { key: 'x'.repeat(8000) })).status).toBe(401);
  });

  it('without a key ask for one', async () => {
    const refusal = await call(gateway, 'GET', '/api/v1/keys', { key: null });
    expect(refusal.status).toBe(401);
    expect(refusal.headers.get('www-authenticate')).toBe('Bearer');
    expect(refusal.headers.get('content-type')).toContain('application/problem+json');
  });
});
