// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Address, decodeAddress, encodeAddress } from '../../../src/agent/netlink/rtnl/address.ts';
import { decodeLink, encodeLink, type LinkInfo } from '../../../src/agent/netlink/rtnl/link.ts';
import { decodeQdisc, encodeQdisc, type Qdisc } from '../../../src/agent/netlink/rtnl/qdisc.ts';
import { decodeRoute, encodeRoute, type Route } from '../../../src/agent/netlink/rtnl/route.ts';
import { decodeRule, encodeRule, type Rule } from '../../../src/agent/netlink/rtnl/rule.ts';
import { hex, ipv4, prefix } from './arbitraries.ts';

const encoding = suite('rtnetlink bytes');

encoding('are those that iproute2 sends for a VLAN', () => {
  // ip link add link va name eth1.5 mtu 1496 type vlan id 5, attributes in our order
  const bytes = encodeLink({ name: 'eth1.5', mtu: 1496, parent: 4, info: { kind: 'vlan', id: 5 } });
  assert.is(
    hex(bytes),
    `${'00'.repeat(16)}0b000300657468312e350000` +
      '08000400d8050000' +
      '0800050004000000' +
      // iproute2 leaves out the closing zero of the kind and the flag of nests; the kernel takes both.
      '1c00128009000100766c616e000000000c0002800600010005000000',
  );
});

encoding('carry every tunnel setting that iproute2 sends, with the same values', () => {
  // ip link add hq.fou type ipip local 192.0.2.44 remote 198.51.100.9 dev va ttl 64 encap fou encap-sport 5555 encap-dport 5556
  const sent =
    '05000900000000000800 0200c000022c 08000300c6336409 05000a0001000000 0500050000000000 0500040040000000' +
    '0800010004000000 0800140000000000 06000f0001000000 0600100000000000 0600110015b30000 0600120015b40000';
  const data = Buffer.from(sent.replace(/ /g, ''), 'hex');
  const kind = Buffer.from('090001006970697000000000', 'hex');
  const nest = Buffer.concat([kind, Buffer.from([data.length + 4, 0, 2, 0]), data]);
  const name = Buffer.from('0b00030068712e666f750000', 'hex');
  const message = Buffer.concat([Buffer.alloc(16), name, Buffer.from([nest.length + 4, 0, 18, 0]), nest]);
  const info: LinkInfo = {
    kind: 'ipip',
    link: 4,
    local: '192.0.2.44',
    remote: '198.51.100.9',
    ttl: 64,
    fou: { sport: 5555, dport: 5556 },
  };
  assert.equal(decodeLink(message)?.info, info);
  assert.equal(decodeLink(encodeLink({ name: 'hq.fou', info }))?.info, info);
  assert.match(hex(encodeLink({ name: 'hq.fou', info })), '0600110015b30000' + '0600120015b40000');
});

encoding('of an address end with the broadcast address of its subnet', () => {
  const bytes = encodeAddress({ index: 4, local: '203.0.113.6', prefix: 29 });
  assert.is(
    hex(bytes),
    '021d0000040000000800 0200cb007106 08000100cb007106 08000400cb007107'.replace(/ /g, ''),
  );
});

encoding('of a weighted route hold one next hop after another', () => {
  const bytes = encodeRoute({
    table: 1000,
    protocol: 213,
    scope: 0,
    dst: '0.0.0.0',
    prefix: 0,
    metric: 0,
    nexthops: [
      { oif: 4, via: '203.0.113.1', weight: 3 },
      { oif: 4, via: '203.0.113.2', weight: 1 },
    ],
  });
  assert.match(
    hex(bytes),
    '24000900' + '100000020400000008000500cb007101' + '100000000400000008000500cb007102',
  );
});

encoding('of a token bucket hold rate and burst as the kernel counts them', () => {
  // tc qdisc add dev va root handle 7100: tbf rate 1mbit burst 3036 limit 65536
  const bytes = encodeQdisc({
    index: 4,
    kind: 'tbf',
    handle: 0x71000000,
    tbf: { rate: 125000, burst: 3036 },
  });
  const text = hex(bytes);
  assert.match(text, `48e80100${'00'.repeat(12)}000001006cca0500`);
  assert.match(text, '08000600dc0b0000');
});

encoding.run();

const roundTrip = suite('encoding and decoding again gives the same');

const RUNS = { numRuns: 2000 };
const index = fc.integer({ min: 1, max: 0x7fffffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const ifname = fc.stringMatching(/^[a-z][a-z0-9.]{0,14}$/);

roundTrip('link', () => {
  const info: fc.Arbitrary<LinkInfo> = fc.oneof(
    fc.record({ kind: fc.constant('vlan' as const), id: fc.integer({ min: 0, max: 4095 }) }),
    fc.constant({ kind: 'bridge' } as const),
    fc.constant({ kind: 'plait' } as const),
    fc.record(
      {
        kind: fc.constant('ipip' as const),
        link: index,
        local: ipv4,
        remote: ipv4,
        ttl: fc.nat(255),
        fou: fc.record({ sport: fc.nat(65535), dport: fc.nat(65535) }),
      },
      { requiredKeys: ['kind', 'link', 'local', 'remote', 'ttl'] },
    ),
  );
  const request = fc.record({ index, name: ifname, mtu: u32, parent: index, master: index, info });
  fc.assert(
    fc.property(request, (link) => {
      const { flags, arphrd, alias, ...decoded } = decodeLink(encodeLink(link)) ?? {};
      assert.equal(decoded, plain(link));
    }),
    RUNS,
  );
});

roundTrip('address', () => {
  const address = fc.record<Address, 'index' | 'local' | 'prefix'>(
    { index, local: ipv4, prefix, peer: ipv4 },
    { requiredKeys: ['index', 'local', 'prefix'] },
  );
  fc.assert(
    fc.property(
      address.filter(({ local, peer }) => local !== peer),
      (value) => assert.equal(decodeAddress(encodeAddress(value)), plain(value)),
    ),
    RUNS,
  );
});

roundTrip('route', () => {
  const hop = fc.record(
    { oif: index, via: ipv4, weight: fc.integer({ min: 1, max: 256 }) },
    { requiredKeys: ['oif', 'weight'] },
  );
  const route: fc.Arbitrary<Route> = fc
    .record(
      {
        table: fc.integer({ min: 1, max: 0xffffffff }),
        protocol: fc.nat(255),
        scope: fc.nat(255),
        prefix: fc.integer({ min: 1, max: 32 }),
        dst: ipv4,
        metric: u32,
        oif: index,
        via: ipv4,
        src: ipv4,
        nexthops: fc.array(hop, { minLength: 1, maxLength: 8 }),
      },
      { requiredKeys: ['table', 'protocol', 'scope', 'prefix', 'dst', 'metric'] },
    )
    .map((value) => value as Route);
  fc.assert(
    fc.property(route, (value) => assert.equal(decodeRoute(encodeRoute(value)), plain(value))),
    RUNS,
  );
});

roundTrip('rule', () => {
  const side = fc.record({ address: ipv4, prefix: fc.integer({ min: 1, max: 32 }) });
  const rule: fc.Arbitrary<Rule> = fc
    .record(
      {
        priority: u32,
        protocol: fc.nat(255),
        table: fc.integer({ min: 1, max: 0xffffffff }),
        from: side,
        to: side,
        iif: ifname,
        mark: fc.record({ value: u32, mask: u32 }),
        suppressPrefixLength: fc.nat(32),
      },
      { requiredKeys: ['priority', 'protocol', 'table'] },
    )
    .map((value) => value as Rule);
  fc.assert(
    fc.property(rule, (value) => assert.equal(decodeRule(encodeRule(value)), plain(value))),
    RUNS,
  );
});

roundTrip('qdisc, the burst but for the clock it is kept in', () => {
  const tbf = fc.record({
    rate: fc.integer({ min: 1000, max: 20_000_000_000 }),
    burst: fc.integer({ min: 3000, max: 1_000_000 }),
  });
  fc.assert(
    fc.property(index, tbf, (device, settings) => {
      const qdisc: Qdisc = { index: device, kind: 'tbf', handle: 0x71000000, tbf: settings };
      const decoded = decodeQdisc(encodeQdisc(qdisc));
      const slack = 1 + (settings.rate * 64) / 1e9;
      assert.is(decoded?.tbf?.rate, settings.rate);
      // Bursts that take longer than the tick counter can hold are cut by the kernel, too.
      if ((settings.burst * 1e9) / settings.rate / 64 < 0xffffffff) {
        assert.ok(Math.abs((decoded?.tbf?.burst ?? 0) - settings.burst) <= slack);
      }
    }),
    RUNS,
  );
});

roundTrip.run();

/** fast-check's records have no prototype, which uvu takes for a difference. */
function plain<T>(value: T): T {
  return structuredClone(value);
}
