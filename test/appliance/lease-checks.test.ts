// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contains, mustPrefix, overlaps, parsePrefix } from '../../src/appliance/ipv4.ts';
import { acceptAddresses, describeRefused } from '../../src/appliance/lease-checks.ts';
import type { Lease } from '../../src/appliance/plan-types.ts';
import { baseWith, mustParse } from './support.ts';

/** Static dsl 192.0.2.2/24 by .1 and cable 203.0.113.2/29 by .1, tunnel hq to 198.51.100.9 by both; a and b lease. */
const CONFIG = mustParse(
  baseWith({
    'uplinks.a': { port: 'eth2', address: 'dhcp' },
    'uplinks.b': { port: 'eth3', address: 'dhcp' },
    'tunnels.hq.address': '172.16.0.1/30',
  }),
);
const lease = (fields: Partial<Lease>): Lease => ({
  address: '100.64.0.2/24',
  dns: [],
  seconds: 600,
  ...fields,
});

/** What is left of a lease of uplink `a`, and the sentences about what is not. */
function judge(a: Partial<Lease>, b?: Partial<Lease>) {
  const leases = { a: lease(a), ...(b === undefined ? {} : { b: lease(b) }) };
  const { byUplink, refused } = acceptAddresses(CONFIG, leases);
  return { a: byUplink.get('a'), b: byUplink.get('b'), refused: refused.map(describeRefused) };
}

const addresses = suite('addresses of leases');

for (const [address, why] of [
  ['0.1.2.3/24', 'is not the address of a machine'],
  ['127.0.0.9/8', 'is not the address of a machine'],
  ['224.0.0.1/24', 'is not the address of a machine'],
  ['255.255.255.255/32', 'is not the address of a machine'],
  ['999.1.1.1/24', 'is not an IPv4 address'],
  ['1.2.3.4/1', 'has a subnet larger than /8'],
  ['1.2.3.4/0', 'has a subnet larger than /8'],
  ['100.64.0.0/24', 'is the network address of its subnet'],
  ['100.64.0.255/24', 'is the broadcast address of its subnet'],
  ['192.168.50.20/24', 'overlaps with the LAN (192.168.50.1/24)'],
  ['192.168.1.1/16', 'overlaps with the LAN (192.168.50.1/24)'],
  ['192.168.50.77/32', 'overlaps with the LAN (192.168.50.1/24)'],
  ['10.0.1.2/17', 'overlaps with a route of tunnel hq (10.0.0.0/8)'],
  ['172.16.0.2/24', 'overlaps with tunnel hq (172.16.0.1/30)'],
  ['198.51.100.20/24', 'overlaps with the far end of tunnel hq (198.51.100.9)'],
  ['192.0.2.130/25', 'overlaps with uplink dsl (192.0.2.2/24)'],
  ['192.0.0.2/16', 'overlaps with uplink dsl (192.0.2.2/24)'],
  ['203.0.113.1/29', 'overlaps with the router of uplink cable (203.0.113.1)'],
] as const) {
  addresses(`${address} ${why}`, () => {
    const { a, refused } = judge({ address });
    assert.equal(a, { dns: [], ntp: [] });
    assert.equal(refused, [`address ${address} ${why}`]);
  });
}

for (const address of [
  '100.64.0.2/24',
  '100.64.0.2/32',
  '100.64.0.2/31',
  '11.0.0.2/8',
  '192.0.2.3/24',
  '192.0.2.2/24',
]) {
  addresses(`${address} is taken`, () =>
    assert.equal(judge({ address }), { a: { address, dns: [], ntp: [] }, b: undefined, refused: [] }),
  );
}

addresses('the far end may be a neighbour of its own leg, and not have its address', () => {
  const config = mustParse(baseWith({ 'uplinks.cable': { port: 'eth2', address: 'dhcp' } }));
  const accepted = (address: string) =>
    acceptAddresses(config, { cable: lease({ address }) }).byUplink.get('cable');
  assert.is(accepted('198.51.100.20/24')?.address, '198.51.100.20/24');
  assert.is(accepted('198.51.100.9/24')?.address, undefined);
  assert.is(accepted('198.51.100.10/30')?.address, '198.51.100.10/30');
  assert.is(accepted('198.51.100.8/31')?.address, '198.51.100.8/31');
});

addresses('of two leases that conflict the later one is refused, whatever their order in the file', () => {
  const one = { address: '100.64.0.2/24', gateway: '100.64.0.1' };
  const other = { address: '100.64.0.1/24', gateway: '100.64.0.9' };
  const first = judge({ ...one, since: 1 }, { ...other, since: 2 });
  assert.equal([first.a?.address, first.b?.address], ['100.64.0.2/24', undefined]);
  const second = judge({ ...one, since: 2 }, { ...other, since: 1 });
  assert.equal(
    [second.a?.address, second.a?.gateway, second.b?.address],
    ['100.64.0.2/24', undefined, '100.64.0.1/24'],
  );
  assert.equal(second.refused, ["router 100.64.0.1 is this box's own address on uplink b (100.64.0.1/24)"]);
});

addresses('lines of one provider may have the same router, subnet and address', () => {
  const same = { address: '192.168.8.100/24', gateway: '192.168.8.1' };
  assert.equal(judge(same, same).refused, []);
  assert.equal(judge(same, { ...same, address: '192.168.8.101/24' }).refused, []);
  const single = { address: '100.64.0.2/32', gateway: '100.64.255.1' };
  assert.equal(judge(single, { ...single, address: '100.64.0.3/32' }).refused, []);
});

addresses.run();

const others = suite('routers and name servers of leases');

for (const [gateway, why] of [
  ['0.0.0.0', 'is not the address of a machine'],
  ['224.0.0.5', 'is not the address of a machine'],
  ['100.64.0.2', "is the uplink's own address"],
  ['100.64.0.0', 'is the network address of its subnet'],
  ['100.64.0.255', 'is the broadcast address of its subnet'],
  ['192.0.2.255', 'is the broadcast address of uplink dsl (192.0.2.2/24)'],
  ['203.0.113.0', 'is the network address of uplink cable (203.0.113.2/29)'],
  ['192.168.50.7', 'overlaps with the LAN (192.168.50.1/24)'],
  ['10.2.3.4', 'overlaps with a route of tunnel hq (10.0.0.0/8)'],
  ['172.16.0.2', 'overlaps with tunnel hq (172.16.0.1/30)'],
  ['192.0.2.2', "is this box's own address on uplink dsl (192.0.2.2/24)"],
] as const) {
  others(`router ${gateway} ${why}`, () => {
    const { a, refused } = judge({ gateway });
    assert.equal(a, { address: '100.64.0.2/24', dns: [], ntp: [] });
    assert.equal(refused, [`router ${gateway} ${why}`]);
  });
}

others('a router may be outside of the subnet, and that of another line', () => {
  assert.is(judge({ gateway: '198.18.0.1' }).a?.gateway, '198.18.0.1');
  assert.is(judge({ gateway: '192.0.2.1' }).a?.gateway, '192.0.2.1');
});

for (const [key, name] of [
  ['dns', 'name server'],
  ['ntp', 'time server'],
] as const) {
  others(`${name}s of the inside, the box itself, of nobody and too many are left out`, () => {
    const inside = [
      '127.0.0.1',
      '192.168.50.9',
      '10.0.0.53',
      '100.64.0.2',
      '100.64.0.255',
      '192.0.2.2',
      '192.0.2.255',
    ];
    const { a, refused } = judge({
      [key]: ['9.9.9.9', ...inside, '255.255.255.255', '9.9.9.9', '1.1.1.1', '8.8.8.8', '8.8.4.4'],
    });
    assert.equal(a?.[key], ['9.9.9.9', '1.1.1.1', '8.8.8.8']);
    assert.equal(refused, [
      `${name} 127.0.0.1 is not the address of a machine`,
      `${name} 192.168.50.9 overlaps with the LAN (192.168.50.1/24)`,
      `${name} 10.0.0.53 overlaps with a route of tunnel hq (10.0.0.0/8)`,
      `${name} 100.64.0.2 is the uplink's own address`,
      `${name} 100.64.0.255 is the broadcast address of its subnet`,
      `${name} 192.0.2.2 is this box's own address on uplink dsl (192.0.2.2/24)`,
      `${name} 192.0.2.255 is the broadcast address of uplink dsl (192.0.2.2/24)`,
      `${name} 255.255.255.255 is not the address of a machine`,
      `${name} 8.8.4.4 is one too many: 3 are used`,
    ]);
  });
}

const byte = fc.integer({ min: 0, max: 255 });
const ip = fc.oneof(
  fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.')),
  fc.constantFrom(
    '192.0.2.1',
    '192.0.2.2',
    '203.0.113.1',
    '192.168.50.1',
    '10.0.0.1',
    '172.16.0.2',
    '198.51.100.9',
    '100.64.0.1',
  ),
);
const anyLease: fc.Arbitrary<Lease> = fc.record({
  address: fc.tuple(ip, fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${length}`),
  gateway: ip,
  dns: fc.array(ip, { maxLength: 5 }),
  ntp: fc.array(ip, { maxLength: 5 }),
  seconds: fc.constant(60),
  since: fc.integer({ min: 0, max: 3 }),
});

others(
  'whatever servers say, what is taken claims nothing of the inside and nothing that another line has',
  () => {
    fc.assert(
      fc.property(anyLease, anyLease, (a, b) => {
        const { byUplink } = acceptAddresses(CONFIG, { a, b });
        const inside = ['192.168.50.0/24', '172.16.0.0/30', '10.0.0.0/8'].map(mustPrefix);
        for (const name of ['a', 'b']) {
          const { address, gateway, dns, ntp } = byUplink.get(name) ?? { dns: [], ntp: [] };
          for (const server of [...dns, ...ntp])
            assert.not.ok(inside.some((one) => contains(one, mustPrefix(`${server}/32`).ip)));
          if (address === undefined) {
            assert.is(gateway, undefined);
            continue;
          }
          const prefix = parsePrefix(address);
          assert.ok(prefix && prefix.length >= 8 && !inside.some((one) => overlaps(one, prefix)), address);
          for (const [other, { address: theirs, gateway: router }] of byUplink) {
            if (other === name) continue;
            assert.is.not(router, address.split('/')[0], 'nobody has the router of another line');
            if (gateway !== undefined) assert.is.not(theirs?.split('/')[0], gateway);
          }
        }
        assert.equal(
          [byUplink.get('dsl')?.gateway, byUplink.get('cable')?.gateway],
          ['192.0.2.1', '203.0.113.1'],
        );
      }),
      { numRuns: 4000 },
    );
  },
);

others.run();
