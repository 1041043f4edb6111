// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../src/appliance/config.ts';
import { formatPrefix } from '../../../src/appliance/ipv4.ts';
import type { Config } from '../../../src/appliance/schema.ts';
import { readDrawing } from '../../../src/lab/topology/drawing.ts';
import { type NetworkEnd, networkOfDrawing } from '../../../src/lab/topology/network.ts';
import { changeScript, setupScript } from '../../../src/lab/topology/setup.ts';

const networks = suite('networkOfDrawing');

const draw = (text: string, boxes: Record<string, string> = {}) =>
  networkOfDrawing(readDrawing(text), configs(boxes));

function configs(texts: Record<string, string>): Map<string, Config> {
  return new Map(
    Object.entries(texts).map(([name, text]) => {
      const parsed = parseConfig(text);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      return [name, parsed.config];
    }),
  );
}

const end = ({ node, device, address }: NetworkEnd) =>
  `${node}:${device}=${address ? formatPrefix(address) : '-'}`;
const ends = (text: string, boxes?: Record<string, string>) =>
  draw(text, boxes).links.map(({ left, right }) => `${end(left)} ${end(right)}`);
const routes = (text: string, node: string) =>
  (draw(text).nodes.find(({ name }) => name === node)?.routes ?? []).map(({ to, via }) => `${to} ${via}`);

const box = `version: 1
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.2/24, gateway: 198.18.5.9 }
  cable: { port: eth1, vlan: 6, address: dhcp }
`;

networks('refuses a delivery trace beside a rate, and one that changes', () => {
  assert.throws(() => draw('a --[ x: 1mbit trace=/line ]-- b'), /x: a rate and a delivery trace exclude/);
  const line = 'a --[ x: trace=/line ]-- b\nat 1s: x ';
  assert.throws(() => draw(`${line}[ trace=/other ]`), /x: a delivery trace cannot change/);
  assert.throws(() => draw(`${line}[ queue=7 ]`), /x: the queue before a delivery trace cannot change/);
  assert.throws(() => draw(`${line}[ 1mbit ]`), /x has no rate that could change/);
});

networks('numbers networks and ports in the order of the drawing', () => {
  assert.equal(ends('a -- b -- c\na -- c'), [
    'a:eth0=10.0.1.1/24 b:eth0=10.0.1.2/24',
    'b:eth1=10.0.2.1/24 c:eth0=10.0.2.2/24',
    'a:eth1=10.0.3.1/24 c:eth1=10.0.3.2/24',
  ]);
});

networks('puts an end beside the other when only that has an address', () => {
  assert.equal(ends('a=192.0.2.254/24 -- b:eth7'), ['a:eth0=192.0.2.254/24 b:eth7=192.0.2.253/24']);
});

networks('takes the addresses of a box from its plait.yaml, and gateways for its neighbours', () => {
  assert.equal(
    ends('host -- box:eth0\nbox:eth1.5 --[ 1mbit ]-- isp\nbox:eth1.6 -- isp=10.9.9.1/24', { box }),
    [
      'host:eth0=192.168.50.2/24 box:eth0=192.168.50.1/24',
      'box:eth1.5=198.18.5.2/24 isp:eth0=198.18.5.9/24',
      'box:eth1.6=10.9.9.2/24 isp:eth1=10.9.9.1/24',
    ],
  );
});

networks('routes by the fewest hops, and by default where there is one way', () => {
  const text = 'a -- r1 -- r2 -- b\na -- b';
  assert.equal(routes('a -- r -- b', 'a'), ['default 10.0.1.2']);
  assert.equal(routes(text, 'a'), ['10.0.2.0/24 10.0.1.2', '10.0.3.0/24 10.0.4.2']);
  assert.equal(routes(text, 'r1'), ['10.0.4.0/24 10.0.1.1', '10.0.3.0/24 10.0.2.2']);
});

networks('leaves the routes of a box to its agent', () => {
  const network = draw('host -- box:eth0\nbox:eth1.5 -- isp -- server', { box });
  assert.equal(network.nodes.find(({ name }) => name === 'box')?.routes, []);
  assert.equal(network.nodes.find(({ name }) => name === 'host')?.routes, [
    { to: 'default', via: '192.168.50.1' },
  ]);
});

const wrong: [text: string, message: RegExp][] = [
  [
    'a=10.0.0.1/24 -- b=10.0.1.1/24',
    /10\.0\.0\.1\/24 and 10\.0\.1\.1\/24 are not two addresses of one network/,
  ],
  ['a:eth0 -- b\na:eth0 -- c', /a: eth0 is drawn twice/],
  ['a:eth0 -- b\na:eth0.5 -- c', /eth0 is drawn with VLANs and without/],
  ['a:eth0.5 --[ x: ]-- b\nat 1s: x down', /x: a VLAN has no carrier of its own; write cut and mend/],
  ['a --[ x: 5ms ]-- b\nat 1s: x [ 1mbit ]', /x has no rate that could change/],
  [
    'host -- box:eth2',
    /box: its plait.yaml does not use eth2; write one of box:eth0, box:eth1\.5, box:eth1\.6/,
  ],
  [
    'host -- box:eth0=192.168.50.7/24',
    /drawn with 192\.168\.50\.7\/24, its plait.yaml says 192\.168\.50\.1\/24/,
  ],
  ['a -- b', /box has a plait.yaml, but is not drawn/],
];

for (const [text, message] of wrong) {
  networks(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => draw(text, /box/.test(text + message) ? { box } : {}), message);
  });
}

networks.run();

const scripts = suite('setupScript');

scripts('makes a queue, a rate and a delay for each direction', () => {
  const lines = setupScript(draw('a --[ x: 1mbit/2mbit 10ms/20ms queue=7/8 ]-- b'), 1);
  assert.ok(lines.some((line) => line.startsWith('class add dev m1a') && line.includes('rate 1000000bit')));
  assert.ok(lines.some((line) => line.startsWith('class add dev m1b') && line.includes('rate 2000000bit')));
  assert.ok(lines.includes('qdisc add dev m1a parent 1:1 handle 10: pfifo limit 7'));
  assert.ok(lines.includes('qdisc add dev m1b parent 1:1 handle 10: pfifo limit 8'));
  assert.ok(
    lines.some((line) => line.startsWith('qdisc add dev l1b root netem') && line.includes('delay 10000us')),
  );
  assert.ok(
    lines.some((line) => line.startsWith('qdisc add dev l1a root netem') && line.includes('delay 20000us')),
  );
});

scripts('gives every direction of every link a seed of its own, which follows from the run’s', () => {
  const seeds = (seed: number) =>
    setupScript(draw('a --[ 10ms ]-- b --[ 10ms ]-- c'), seed).flatMap(
      (line) => / seed (\d+)/.exec(line)?.[1] ?? [],
    );
  assert.is(new Set(seeds(1)).size, 4);
  assert.equal(seeds(1), seeds(1));
  assert.not.equal(seeds(1), seeds(2));
});

scripts('changes what is named and keeps the rest', () => {
  const network = draw('a --[ x: 1mbit 10ms queue=7 ]-- b\nat 1s: x [ 3mbit ]');
  const [link] = network.links;
  const lines = changeScript(network, 'x', link?.traits ?? {}, { rate: { right: 3e6, left: 3e6 } });
  assert.ok(
    lines.some((line) => line.startsWith('class change dev m1a') && line.includes('rate 3000000bit')),
  );
  assert.ok(lines.includes('qdisc change dev m1a parent 1:1 handle 10: pfifo limit 7'));
  assert.ok(
    lines.some(
      (line) => line.startsWith('qdisc change dev l1b root netem') && line.includes('delay 10000us'),
    ),
  );
});

scripts.run();
