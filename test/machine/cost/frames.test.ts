// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  internetChecksum,
  makeFrame,
  numberFrame,
  numberOf,
  packetOf,
  readFrame,
  sameButForwarded,
} from '../../../src/machine/cost/frames.ts';
import { forwarded, inGre, inIpip, tagged, transportSum } from './wrap.ts';

const flow = { from: '10.1.0.2', to: '10.2.0.3', fromPort: 10_000, toPort: 9 };
const macs = { from: '02:00:00:00:00:01', to: '52:54:00:9f:82:00' };

const making = suite('makeFrame');

making('makes a frame with right lengths, addresses and checksums', () => {
  const frame = makeFrame(flow, 46, macs);
  assert.is(frame.length, 60);
  assert.is(frame.subarray(0, 14).toString('hex'), '5254009f82000200000000010800');
  const ip = packetOf(frame);
  assert.is(ip.readUInt16BE(2), 46);
  assert.equal([...ip.subarray(12, 20)], [10, 1, 0, 2, 10, 2, 0, 3]);
  assert.is(internetChecksum(ip.subarray(0, 20)), 0);
  assert.is(transportSum(ip), 0);
});

making('gives an odd number of bytes its right checksum too', () => {
  assert.is(transportSum(packetOf(makeFrame(flow, 1_399, macs))), 0);
});

making('refuses a packet that cannot hold its number', () => {
  makeFrame(flow, 36, macs);
  assert.throws(() => makeFrame(flow, 35, macs), /36 is the least/);
});

making.run();

const numbering = suite('numberFrame');

numbering('keeps the checksums right, whatever the number', () => {
  const frame = makeFrame(flow, 46, macs);
  for (const number of [1, 0xffff, 0x1_0000, 0xffff_ffff]) {
    numberFrame(frame, number);
    assert.is(transportSum(packetOf(frame)), 0);
    assert.is(numberOf(packetOf(frame)), number);
  }
});

numbering.run();

const reading = suite('readFrame');
const frame = makeFrame(flow, 46, macs);

reading('finds the packet and says how it left', () => {
  const ways: [Buffer, string][] = [
    [frame, 'plain'],
    [tagged(frame, 5), 'vlan 5'],
    [inIpip(frame, '198.51.100.7'), '198.51.100.7'],
    [inGre(frame, '198.51.100.8'), '198.51.100.8'],
    [tagged(inIpip(frame, '198.51.100.7'), 6), '198.51.100.7'],
  ];
  for (const [bytes, way] of ways) {
    const found = readFrame(bytes);
    assert.is(found?.way, way);
    assert.ok(found?.packet.equals(packetOf(frame)), way);
  }
});

reading('takes no padding for a part of the packet', () => {
  const padded = Buffer.concat([makeFrame(flow, 40, macs), Buffer.alloc(6)]);
  assert.is(readFrame(padded)?.packet.length, 40);
});

reading('knows frames that are none of ours', () => {
  const arp = Buffer.alloc(60);
  arp.writeUInt16BE(0x0806, 12);
  for (const other of [
    arp,
    Buffer.alloc(0),
    frame.subarray(0, 40),
    frame.subarray(0, 59),
    inIpip(frame, '198.51.100.7').subarray(0, 50),
  ])
    assert.is(readFrame(other), undefined);
});

reading('never fails on frames that are cut off', () => {
  for (const whole of [frame, tagged(frame, 5), inIpip(frame, '198.51.100.7'), inGre(frame, '198.51.100.7')])
    for (let length = 0; length < whole.length; length++) readFrame(whole.subarray(0, length));
});

reading.run();

const comparing = suite('sameButForwarded');

comparing('lets time to live and checksum change as a router changes them', () => {
  assert.ok(sameButForwarded(packetOf(frame), packetOf(forwarded(frame))));
  assert.not.ok(sameButForwarded(packetOf(frame), packetOf(frame)), 'the time to live must be one less');
});

comparing('sees any other byte that changed', () => {
  const good = packetOf(forwarded(frame));
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(at) ^ 1, at);
    assert.not.ok(sameButForwarded(packetOf(frame), bad), `byte ${at}`);
  }
});

comparing('sees that the packet was cut', () => {
  assert.not.ok(sameButForwarded(packetOf(frame), packetOf(forwarded(frame)).subarray(0, 45)));
});

comparing.run();
