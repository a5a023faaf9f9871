import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { egressPlace } from '#libs/policy';
import { LOOPBACK, PRIVATE } from './addresses.js';

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:800::200e',
  '2001:4860:4860::8888',
  '2001:200::1',
  '2620:4f:8001::1',
  '3ffe::1',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
  '64:ff9b::8.8.8.8',
  '64:ff9b::808:808',
  '2002:808:808::1',
];

describe('where an address leads', () => {
  it.each(LOOPBACK)('%s is this machine', (address) => expect(egressPlace(address)).toBe('loopback'));
  it.each(PUBLIC)('%s is public', (address) => expect(egressPlace(address)).toBe('public'));
  it.each(PRIVATE)('"%s" must not be called', (address) => expect(egressPlace(address)).toBe('private'));

  it('an IPv4 address carried by IPv6 is never more public than itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::ffff:0:', '::', '64:ff9b::'), (address, prefix) => {
        const place = egressPlace(`${prefix}${address}`);
        expect(place === 'public' ? egressPlace(address) : 'public').toBe('public');
      }),
    );
  });

  it('answers for any text without throwing', () => {
    const anyText = fc.oneof(fc.string(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,40}$/));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(['public', 'loopback', 'private']).toContain(egressPlace(text));
      }),
    );
  });
});
