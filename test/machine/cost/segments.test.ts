// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { internetChecksum, packetOf, readFrame } from '../../../src/machine/cost/frames.ts';
import {
  acknowledgement,
  makeSegment,
  payloadOf,
  readSequence,
  setSequence,
} from '../../../src/machine/cost/segments.ts';
import { segments } from '../../../src/machine/cost/traffic.ts';
import { forwarded, inIpip, transportSum } from './wrap.ts';

const flow = { from: '10.1.0.2', to: '10.2.0.3', fromPort: 10_000, toPort: 9 };
const macs = { from: '02:00:00:00:00:01', to: '52:54:00:9f:82:00' };
const back = { from: '02:00:00:00:00:02', to: '52:54:00:9f:82:01' };
const BOARD = '203.0.113.1';

const making = suite('TCP segments');

making('have right lengths and checksums, whatever their sequence number', () => {
  for (const length of [46, 1_399]) {
    const frame = makeSegment(flow, length, macs);
    assert.is(packetOf(frame).length, length);
    for (const sequence of [0, 6, 0xffff, 0x1_0000, 0x9abc_def0, 0xffff_fffa, 1]) {
      setSequence(frame, sequence);
      assert.is(transportSum(packetOf(frame)), 0, `${length} ${sequence}`);
      assert.equal(readSequence(packetOf(frame)), { fromPort: 10_000, sequence });
    }
  }
});

making('are acknowledged with all their data, by the tunnel they left by', () => {
  const frame = makeSegment(flow, 46, macs);
  setSequence(frame, 0xffff_fffe);
  const outer = packetOf(acknowledgement(packetOf(frame), '198.51.100.7', back, BOARD));
  assert.is(internetChecksum(outer.subarray(0, 20)), 0);
  assert.equal([...outer.subarray(12, 20)], [198, 51, 100, 7, 203, 0, 113, 1]);
  const inner = outer.subarray(20);
  assert.equal([...inner.subarray(12, 20)], [10, 2, 0, 3, 10, 1, 0, 2]);
  assert.equal([inner.readUInt16BE(20), inner.readUInt16BE(22)], [9, 10_000]);
  assert.is(inner.readUInt32BE(28), (0xffff_fffe + payloadOf(46)) >>> 0);
  assert.is(inner.readUInt16BE(32), 0x5010);
  assert.is(transportSum(inner), 0);
});

making('follow each other in their connection without a gap', () => {
  const flows = [flow, { ...flow, fromPort: 10_001 }];
  const traffic = segments(flows, 46, macs, { macs: back, board: BOARD });
  const seen = [0, 1, 2, 3, 4].map((number) => readSequence(packetOf(traffic.frame(number))));
  assert.equal(
    seen.map(({ fromPort, sequence }) => [fromPort, sequence]),
    [
      [10_000, 0],
      [10_001, 0],
      [10_000, 6],
      [10_001, 6],
      [10_000, 12],
    ],
  );
});

making('are known by their number, and every second one is answered', () => {
  const flows = [flow, { ...flow, fromPort: 10_001 }];
  const traffic = segments(flows, 46, macs, { macs: back, board: BOARD });
  const answered = [];
  for (let number = 0; number < 8; number++) {
    const left = readFrame(inIpip(forwarded(traffic.frame(number)), '198.51.100.7'));
    assert.ok(left);
    assert.is(traffic.numberOf(left.packet), number);
    if (traffic.answer?.(left)) answered.push(number);
  }
  assert.equal(answered, [2, 3, 6, 7]);
  const stranger = makeSegment({ ...flow, fromPort: 10_002 }, 46, macs);
  assert.ok(traffic.numberOf(packetOf(stranger)) < 0);
});

making.run();
