// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DrawingError, formatEnd, readDrawing } from '../../../src/lab/topology/drawing.ts';

const drawing = suite('readDrawing');

const only = (text: string) => {
  const { links } = readDrawing(text);
  assert.is(links.length, 1);
  return links[0] as (typeof links)[number];
};

drawing('joins the nodes of a chain from left to right', () => {
  const { links } = readDrawing('\n  client -- isp -- server  # the way there\n');
  assert.equal(
    links.map(({ name, left, right, line }) => [name, left.node, right.node, line]),
    [
      ['client-isp', 'client', 'isp', 2],
      ['isp-server', 'isp', 'server', 2],
    ],
  );
});

drawing('reads every trait of a link, for one direction or both', () => {
  const { name, traits } = only(
    'a --[ dsl: 1.5mbit/16mbit 10ms queue=50 jitter=2ms/1ms loss=0.5% mtu=1492 reorder ]-- b',
  );
  assert.is(name, 'dsl');
  assert.equal(traits, {
    rate: { right: 1_500_000, left: 16_000_000 },
    delay: { right: 10, left: 10 },
    queue: { right: 50, left: 50 },
    jitter: { right: 2, left: 1 },
    loss: { right: 0.005, left: 0.005 },
    mtu: 1492,
    reorder: true,
  });
});

drawing('reads the delivery traces of a link, the same for both directions or one each', () => {
  assert.equal(only('a --[ x: trace=/lines/one ]-- b').traits.trace, {
    right: '/lines/one',
    left: '/lines/one',
  });
  assert.equal(only('a --[ x: trace=/lines/x.down,/lines/x.up ]-- b').traits.trace, {
    right: '/lines/x.down',
    left: '/lines/x.up',
  });
  assert.throws(() => only('a --[ x: trace=a,b,c ]-- b'), /'trace=a,b,c' must be as in trace=line.down/);
});

drawing('reads port, VLAN and address of an end', () => {
  const { left, right } = only('box:eth1.5=198.18.5.2/24 -- far:eth0');
  assert.equal({ ...left, address: undefined }, { node: 'box', port: 'eth1', vlan: 5, address: undefined });
  assert.is(formatEnd(left), 'box:eth1.5=198.18.5.2/24');
  assert.equal(right, { node: 'far', port: 'eth0' });
});

drawing('gives links without a label names that differ', () => {
  const { links } = readDrawing('a -- b\na -- b\na --[ x: ]-- b');
  assert.equal(
    links.map(({ name }) => name),
    ['a-b', 'a-b-2', 'x'],
  );
});

drawing('reads changes at times', () => {
  const { events } = readDrawing('a --[ x: 1mbit ]-- b\nat 5s: x cut\nat 300ms: x [ 2mbit 1ms ]');
  assert.equal(events, [
    { at: 5000, link: 'x', change: 'cut' },
    { at: 300, link: 'x', change: { rate: { right: 2e6, left: 2e6 }, delay: { right: 1, left: 1 } } },
  ]);
});

const wrong: [text: string, message: string][] = [
  ['', "line 1, column 1: no link is drawn; write one as in 'client -- server'"],
  ['a', "line 1, column 2: the line ends where '--' or '--[ … ]--' should be"],
  ['a -- b\n\na --[ 10 ]-- b', "line 3, column 7: '10' is no rate"],
  ['a -- Bob', "line 1, column 6: 'Bob' stands where a node"],
  ['a --[ 1mbit', "line 1, column 12: the line ends where a trait of the link, or ']' should be"],
  ['a --[ 1mbit 2mbit ]-- b', "line 1, column 13: '2mbit': rate is given twice"],
  ['a --[ loss=101% ]-- b', "line 1, column 7: 'loss=101%' must be as in loss=0.5%"],
  ['a --[ mtu=10 ]-- b', "line 1, column 7: 'mtu=10': an MTU is a whole number from 68 to 65535"],
  [
    'a --[ speed=1 ]-- b',
    "line 1, column 7: 'speed=1': a link has queue, loss, jitter, mtu, trace, not speed",
  ],
  ['a=10.0.0/8 -- b', "line 1, column 1: '10.0.0/8' is not an address"],
  ['a:eth0.4095 -- b', 'line 1, column 1: VLAN 4095 is not from 1 to 4094'],
  ['a -- a', 'line 1, column 3: a is joined with itself'],
  ['a-node-with-a-name -- b', 'line 1, column 1: a-node-with-a-name is longer than 12 characters'],
  ['a --[ x: ]-- b --[ x: ]-- c', 'line 1, column 16: two links are called x'],
  ['a -- b\nat 5s: x down', 'line 2, column 8: there is no link x above; there are a-b'],
  ['a -- b\nat 5: a-b down', "line 2, column 4: '5:' stands where a time"],
  ['a -- b\nat 5s: a-b sideways', "line 2, column 12: 'sideways' stands where 'down', 'up'"],
];

for (const [text, message] of wrong) {
  drawing(`refuses ${JSON.stringify(text)} and says where`, () => {
    try {
      readDrawing(text);
    } catch (error) {
      assert.instance(error, DrawingError);
      assert.ok((error as Error).message.startsWith(`topology, ${message}`), (error as Error).message);
      return;
    }
    assert.unreachable('it was taken');
  });
}

drawing('takes any text, or refuses it by a DrawingError', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'b:eth1.5',
      '=10.0.0.1/24',
      ' -- ',
      ' --[ ',
      ' ]-- ',
      '1mbit',
      ' 10ms',
      ' queue=5',
      'x: ',
      '\n',
      'at 5s: ',
    ],
    ...['down', '/', '%', 'loss=', '[', ']', '#', '..', '-', '\t', '\u0000', 'é', '999999999999'],
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        readDrawing(given);
      } catch (error) {
        if (!(error instanceof DrawingError)) throw error;
      }
    }),
    { numRuns: 20_000 },
  );
});

drawing('reads back what was drawn of plain links', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((text) => text !== 'at');
  const link = fc.tuple(name, fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 500 }), name);
  fc.assert(
    fc.property(
      fc.array(
        link.filter(([a, , , b]) => a !== b),
        { minLength: 1, maxLength: 9 },
      ),
      (all) => {
        const text = all.map(([a, rate, delay, b]) => `${a} --[ ${rate}kbit ${delay}ms ]-- ${b}`).join('\n');
        const read = readDrawing(text).links.map(
          ({ left, right, traits }) =>
            [left.node, (traits.rate?.left ?? 0) / 1000, traits.delay?.right, right.node] as const,
        );
        assert.equal(read, all);
      },
    ),
  );
});

drawing.run();
