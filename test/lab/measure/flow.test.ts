// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureFlow } from '../../../src/lab/measure/flow.ts';
import type { Packet } from '../../../src/lab/measure/pcap.ts';

const flows = suite('measureFlow');

const segment = (time: number, sequence: number, payload: number, flow = 'a>b'): Packet => ({
  time,
  length: payload + 66,
  tcp: { flow, sequence: sequence >>> 0, payload, syn: false },
});

flows('counts bytes once, and tells what was repeated or overtaken', () => {
  const flow = measureFlow([
    segment(0, 100, 10),
    segment(1, 120, 10),
    segment(2, 110, 10),
    segment(3, 110, 10),
    segment(4, 130, 10),
  ]);
  assert.equal(
    { bytes: flow.bytes, segments: flow.segments, reordered: flow.reordered, repeated: flow.repeated },
    { bytes: 40, segments: 5, reordered: 1, repeated: 1 },
  );
});

flows('sees a stall where the front stands still, although later segments come', () => {
  const flow = measureFlow([segment(0, 0, 10), segment(1, 20, 10), segment(2, 30, 10), segment(5, 10, 10)]);
  assert.equal(flow.stall, { seconds: 5, after: 0 });
  assert.equal(flow.growth.at(-1), { time: 5, bytes: 40 });
});

flows('takes the direction that carried most', () => {
  const flow = measureFlow([segment(0, 0, 10), segment(0, 0, 500, 'b>a'), segment(1, 10, 10)]);
  assert.is(flow.flow, 'b>a');
});

flows('goes on when sequence numbers wrap around', () => {
  const flow = measureFlow([segment(0, -10, 10), segment(1, 0, 10), segment(2, 10, 10)]);
  assert.equal([flow.bytes, flow.reordered, flow.stall.seconds], [30, 0, 1]);
});

flows('finds the whole stream again, in whatever order and however often its parts come', () => {
  const order = fc.shuffledSubarray([...Array(30).keys()], { minLength: 30 });
  fc.assert(
    fc.property(order, fc.array(fc.nat(29)), fc.integer(), (parts, again, base) => {
      const first = [0, ...parts.filter((part) => part !== 0)];
      const all = [...first, ...again].map((part, index) => segment(index, base + part * 7, 7));
      const flow = measureFlow(all);
      assert.equal([flow.bytes, flow.repeated], [210, again.length]);
      assert.is(flow.growth.at(-1)?.bytes, 210);
    }),
  );
});

flows('fails when there was no payload', () => {
  assert.throws(() => measureFlow([{ time: 0, length: 60 }]), /no TCP payload/);
});

flows.run();
