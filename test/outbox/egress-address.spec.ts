import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { egressPlace } from '#libs/policy';

const LOOPBACK = ['127.0.0.1', '127.0.0.0', '127.255.255.255', '127.1.2.3', '::1', '0:0:0:0:0:0:0:1', '0000::0001'];

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

const PRIVATE = [
  // "This network", and the address that means any.
  '0.0.0.0',
  '0.1.2.3',
  '::',
  // RFC 1918.
  '10.0.0.0',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.168.255.255',
  // Carriers' NAT, link-local with the metadata services of clouds.
  '100.64.0.1',
  '100.127.255.255',
  '100.100.100.200',
  '169.254.0.1',
  '169.254.169.254',
  '169.254.170.2',
  // Special purposes, documentation, benchmarks.
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  // Multicast, reserved, broadcast.
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  // IPv6: unique local, link-local, site-local, multicast, discard, documentation, Teredo, ORCHID.
  'fc00::1',
  'fd00:ec2::254',
  'fdff:ffff::1',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'ff0e::1',
  '100::1',
  '2001::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  '4000::1',
  // IPv4 in IPv6 is where that IPv4 is, and no way to write loopback.
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:192.168.0.1',
  '::ffff:0:127.0.0.1',
  '::ffff:0:10.0.0.1',
  '::127.0.0.1',
  '::10.0.0.1',
  '::8.8.8.8',
  '::2',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a00:1',
  '64:ff9b:1::808:808',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '2002:c0a8:1::1',
  // What is no address, or another way of writing one, leads nowhere.
  '',
  'localhost',
  'example.com',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.000.000.001',
  '08.8.8.8',
  '8.8.8',
  '8.8.8.8.8',
  '8.8.8.256',
  ' 8.8.8.8',
  '8.8.8.8 ',
  '8.8.8.8/32',
  'fe80::1%eth0',
  '2606:4700::1%1',
  '2606::4700::1',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '2606:4700:8.8.8.8:1::',
  '12345::',
  'g::1',
  '[2606:4700::1]',
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
