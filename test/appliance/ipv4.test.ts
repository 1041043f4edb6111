// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  contains,
  firstOf,
  formatIp,
  isSubnetEdge,
  isUnicast,
  lastOf,
  maskOf,
  mustIp,
  mustPrefix,
  networkOf,
  overlaps,
  parseIp,
  parsePrefix,
} from '../../src/appliance/ipv4.ts';

const parsing = suite('parseIp and parsePrefix');

parsing('an address goes to a number and back', () => {
  for (const text of ['0.0.0.0', '10.0.0.1', '192.168.255.0', '255.255.255.255']) {
    assert.is(formatIp(parseIp(text) ?? -1), text);
  }
});

parsing('what is not exactly four decimal bytes is no address', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1.2.3.-4',
    '١.2.3.4',
  ]) {
    assert.is(parseIp(text), undefined, text);
  }
});

parsing('a prefix has a length from 0 to 32', () => {
  assert.equal(parsePrefix('10.0.0.1/32'), { ip: 0x0a000001, length: 32 });
  for (const text of ['10.0.0.1', '10.0.0.1/33', '10.0.0.1/', '/8', '10.0.0.1/-1', '10.0.0.1/8/9']) {
    assert.is(parsePrefix(text), undefined, text);
  }
});

parsing.run();

const subnets = suite('subnets');

subnets('first and last address, at the ends of the number range too', () => {
  const ends = (text: string) => [firstOf(mustPrefix(text)), lastOf(mustPrefix(text))].map(formatIp);
  assert.equal(ends('203.0.113.6/29'), ['203.0.113.0', '203.0.113.7']);
  assert.equal(ends('255.255.255.255/1'), ['128.0.0.0', '255.255.255.255']);
  assert.equal(ends('1.2.3.4/0'), ['0.0.0.0', '255.255.255.255']);
  assert.equal(ends('1.2.3.4/32'), ['1.2.3.4', '1.2.3.4']);
  assert.equal([0, 8, 24, 32].map(maskOf).map(formatIp), [
    '0.0.0.0',
    '255.0.0.0',
    '255.255.255.0',
    '255.255.255.255',
  ]);
  assert.equal(networkOf(mustPrefix('192.168.1.9/24')), mustPrefix('192.168.1.0/24'));
});

subnets('overlap when one is within the other, whichever is first', () => {
  const overlap = (a: string, b: string) => [
    overlaps(mustPrefix(a), mustPrefix(b)),
    overlaps(mustPrefix(b), mustPrefix(a)),
  ];
  assert.equal(overlap('10.0.0.0/8', '10.9.0.1/24'), [true, true]);
  assert.equal(overlap('10.0.0.1/25', '10.0.0.129/25'), [false, false]);
  assert.equal(overlap('192.168.0.0/16', '200.0.0.0/8'), [false, false]);
});

subnets('know their edges', () => {
  const edge = (text: string) => isSubnetEdge(mustPrefix(text));
  assert.equal(['10.0.0.0/24', '10.0.0.255/24', '10.0.0.1/24'].map(edge), [true, true, false]);
  assert.equal(['10.0.0.0/31', '10.0.0.1/31', '10.0.0.1/32'].map(edge), [false, false, false]);
});

subnets('contain their own addresses only', () => {
  assert.ok(contains(mustPrefix('192.168.1.1/24'), mustIp('192.168.1.255')));
  assert.not.ok(contains(mustPrefix('192.168.1.1/24'), mustIp('192.168.2.0')));
});

subnets('machines have unicast addresses', () => {
  const unicast = (text: string) => isUnicast(mustIp(text));
  assert.equal(['0.1.2.3', '127.0.0.1', '224.0.0.1', '255.255.255.255'].map(unicast), [
    false,
    false,
    false,
    false,
  ]);
  assert.equal(['1.0.0.1', '192.168.1.1', '223.255.255.254'].map(unicast), [true, true, true]);
});

subnets.run();
