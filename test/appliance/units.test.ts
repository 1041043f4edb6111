// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Complaint, duration, network, rate, shortDuration } from '../../src/appliance/units.ts';

const rates = suite('rate');

rates('is read in bits per second with factors of a thousand', () => {
  assert.is(rate('64kbit'), 64_000);
  assert.is(rate('1mbit'), 1_000_000);
  assert.is(rate('1.5 Mbit'), 1_500_000);
  assert.is(rate('10gbit'), 10_000_000_000);
  assert.is(rate('100000bit'), 100_000);
});

rates('is refused without unit, with another unit, and out of range', () => {
  for (const value of [
    1000000,
    '1000000',
    '1m',
    '1mbyte',
    '-1mbit',
    '1e6bit',
    'mbit',
    '63kbit',
    '11gbit',
    null,
    {},
  ]) {
    assert.instance(rate(value), Complaint, JSON.stringify(value));
  }
});

rates.run();

const durations = suite('duration');
const anyTime = duration(0, 1e12, '1s');

durations('is read in milliseconds', () => {
  const read = ['300ms', '10s', '5m', '5min', '12h', '1d', '0.5s'].map(anyTime);
  assert.equal(read, [300, 10_000, 300_000, 300_000, 43_200_000, 86_400_000, 500]);
});

durations('is refused without unit and out of range', () => {
  for (const value of [300, '300', '3 weeks', '', '1h30m']) assert.instance(anyTime(value), Complaint);
  const short = duration(100, 200, '150ms');
  assert.instance(short('99ms'), Complaint);
  assert.is(short('100ms'), 100);
  assert.is(short('200ms'), 200);
  assert.instance(short('201ms'), Complaint);
});

durations('is written in the shortest way', () => {
  assert.equal([43_200_000, 90_000, 60_000, 1500, 0].map(shortDuration), [
    '12h',
    '90s',
    '1m',
    '1500ms',
    '0ms',
  ]);
});

durations.run();

const networks = suite('network');

networks('must have no bits beyond its length', () => {
  assert.is(network('10.0.0.0/8'), '10.0.0.0/8');
  assert.is(network('0.0.0.0/0'), '0.0.0.0/0');
  const complaint = network('10.1.2.3/12');
  assert.ok(complaint instanceof Complaint);
  assert.is((complaint as Complaint).remedy, 'write 10.0.0.0/12');
});

networks('must hold machines', () => {
  for (const value of ['224.0.0.0/4', '127.0.0.0/8', '0.0.0.0/8', '10.0.0.0', '10.0.0.0/33']) {
    assert.instance(network(value), Complaint, value);
  }
});

networks.run();
