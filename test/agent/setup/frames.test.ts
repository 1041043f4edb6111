// SPDX-License-Identifier: MIT
/** What setup sends and understands on a cable: known frames, and whatever strangers send. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dhcpDiscover, ethernet, heardFrom, pppoeInitiation } from '../../../src/agent/setup/frames.ts';

const MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
const ID = 0xdeadbeef;
const MASK = [1, 4, 255, 255, 255, 0];
const SERVER = [54, 4, 198, 51, 100, 1];

interface Offer {
  type?: number;
  id?: number;
  mac?: readonly number[];
  options?: readonly number[];
  port?: number;
  /** 32-bit words of the IP header. */
  words?: number;
}

/** An offer of 198.51.100.77 from 192.0.2.1, as RFC 2131 has it. */
function offer({
  type = 2,
  id = ID,
  mac = MAC,
  options = [...MASK, ...SERVER],
  port = 68,
  words = 5,
}: Offer = {}): Uint8Array {
  const bootp = new Uint8Array(236);
  bootp.set([2, 1, 6, 0, id >>> 24, (id >>> 16) & 255, (id >>> 8) & 255, id & 255]);
  bootp.set([198, 51, 100, 77], 16);
  bootp.set(mac, 28);
  const body = [...bootp, 99, 130, 83, 99, 53, 1, type, ...options, 255];
  const header = [0x40 | words, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 255, 255, 255, 255];
  const extra = new Array<number>(Math.max(0, words - 5) * 4).fill(1);
  return ethernet(MAC, 0, 0x0800, [...header, ...extra, 0, 67, 0, port, 0, 0, 0, 0, ...body]);
}

const heard = (frame: Uint8Array, vlan = 0) => heardFrom(frame, vlan, MAC, ID);

const sent = suite('frames that are sent');

sent('ask by broadcast, with a tag where there is a VLAN', () => {
  const plain = dhcpDiscover(MAC, 0, ID);
  assert.equal([...plain.subarray(0, 14)], [255, 255, 255, 255, 255, 255, ...MAC, 8, 0]);
  const tagged = dhcpDiscover(MAC, 5, ID);
  assert.equal([...tagged.subarray(12, 18)], [0x81, 0, 0, 5, 8, 0]);
  assert.equal([...tagged.subarray(18)], [...plain.subarray(14)]);
});

sent('of DHCP have a header that adds up, lengths that are right, and a discovery of 300 bytes', () => {
  const packet = dhcpDiscover(MAC, 0, ID).subarray(14);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  assert.is(((sum & 0xffff) + (sum >> 16)) & 0xffff, 0xffff);
  assert.is(((packet[2] ?? 0) << 8) | (packet[3] ?? 0), packet.length);
  assert.is(((packet[24] ?? 0) << 8) | (packet[25] ?? 0), packet.length - 20);
  assert.equal([...packet.subarray(20, 24)], [0, 68, 0, 67]);
  const body = packet.subarray(28);
  assert.is(body.length, 300);
  assert.equal([...body.subarray(0, 8)], [1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef]);
  assert.equal([...body.subarray(28, 34)], MAC);
  assert.equal([...body.subarray(236, 249)], [99, 130, 83, 99, 53, 1, 1, 55, 2, 1, 3, 255, 0]);
});

sent('of PPPoE are a PADI for any service', () => {
  assert.equal([...pppoeInitiation(MAC, 0).subarray(12)], [0x88, 0x63, 0x11, 0x09, 0, 0, 0, 4, 1, 1, 0, 0]);
});

sent.run();

const seen = suite('heardFrom');

seen('reads an offer of DHCP with its server, address and subnet', () => {
  const wanted = { what: 'dhcp', server: '198.51.100.1', address: '198.51.100.77/24' };
  assert.equal(heard(offer()), wanted);
  assert.equal(heard(offer(), 5), { ...wanted, vlan: 5 });
  assert.equal(heard(offer({ words: 7 })), wanted, 'options of IP are skipped');
  assert.equal(
    heard(offer({ options: [0, 0, ...SERVER, 12, 2, 65, 66, ...MASK] })),
    wanted,
    'padding, other options',
  );
  const single = heard(offer({ options: [1, 4, 255, 255, 255, 255, ...SERVER] }));
  assert.equal(single, { ...wanted, address: '198.51.100.77/32' }, 'as modems of mobile lines have it');
});

seen('takes the sender where no server is named, and no address without a mask that is one', () => {
  assert.equal(heard(offer({ options: [] })), { what: 'dhcp', server: '192.0.2.1' });
  assert.equal(heard(offer({ options: [1, 4, 255, 0, 255, 0, ...SERVER] })), {
    what: 'dhcp',
    server: '198.51.100.1',
  });
  assert.equal(heard(offer({ options: [54, 3, 198, 51, 100] })), { what: 'dhcp', server: '192.0.2.1' });
  assert.equal(heard(offer({ options: [...SERVER, 1, 200, 255] })), { what: 'dhcp', server: '198.51.100.1' });
});

seen('takes no answer to somebody else, and nothing but an offer', () => {
  for (const other of [
    { id: 1 },
    { mac: [1, 2, 3, 4, 5, 6] },
    { type: 5 },
    { type: 6 },
    { port: 67 },
    { words: 4 },
  ])
    assert.is(heard(offer(other)), undefined, JSON.stringify(other));
  assert.equal(heard(offer({ id: 1 }), 6), { what: 'vlan', vlan: 6 });
  assert.is(heard(dhcpDiscover(MAC, 0, ID)), undefined, 'its own question');
});

seen('reads the name of an access concentrator', () => {
  const pado = (tags: readonly number[]) =>
    ethernet(MAC, 0, 0x8863, [0x11, 0x07, 0, 0, 0, tags.length, ...tags]);
  assert.equal(heard(pado([1, 1, 0, 0, 1, 2, 0, 3, 66, 82, 49])), { what: 'pppoe', name: 'BR1' });
  assert.equal(heard(pado([]), 7), { what: 'pppoe', name: '', vlan: 7 });
  assert.equal(heard(pado([1, 1, 255, 255, 1, 2, 0, 1, 65])), { what: 'pppoe', name: '' });
  assert.is(heard(pppoeInitiation(MAC, 0)), undefined, "another host's question");
});

seen('says something of the right form, or nothing, of any bytes', () => {
  const whole = offer();
  const bent = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 12 })
    .map((changes) => {
      const frame = Uint8Array.from(whole);
      for (const [at, byte] of changes) frame[at] = byte;
      return frame;
    });
  const cut = fc.nat(whole.length).map((length) => whole.subarray(0, length));
  fc.assert(
    fc.property(
      fc.oneof(bent, cut, fc.uint8Array({ maxLength: 400 })),
      fc.integer({ min: 0, max: 4094 }),
      (frame, vlan) => {
        const said = heard(frame, vlan);
        if (said === undefined) assert.is(vlan, 0);
        else if (said.what === 'dhcp') {
          assert.match(said.server, /^\d+\.\d+\.\d+\.\d+$/);
          assert.ok(said.address === undefined || /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(said.address));
        } else if (said.what === 'pppoe') assert.ok(said.name.length <= 64);
      },
    ),
    { numRuns: 2000 },
  );
});

seen.run();
