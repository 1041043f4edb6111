// SPDX-License-Identifier: MIT
import { UPLINK_MARK_MASK } from '../../appliance/model.ts';
import { experiment } from '../experiment.ts';
import { addDestinations, balancer, DEVICES, drawing } from './balance.ts';
import { addIpv6, ipv6Of } from './ipv6.ts';

type Family = 'IPv4' | 'IPv6';
const PROGRAM = { IPv4: 'iptables', IPv6: 'ip6tables' } as const;

/** What somebody else keeps in the bits that are not Plait's. */
const OTHERS = 0xff00ffff;
const PACKET_MARK = 0x5a00a55a;
const CONNECTION_MARK = 0xa5005aa5;

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;
const marks = (value: number, mask: number) => `${hex(value)}/${hex(mask)}`;

/** The mark of an uplink, by its number from 1; by that of the second somebody else chooses it. */
const markOf = (uplink: number) => uplink * (UPLINK_MARK_MASK & -UPLINK_MARK_MASK);
const CHOSEN = 2;

export default experiment({
  name: 'balance-marks',
  title: "Other users' bits of the marks",
  about:
    "Firewall rules of somebody else keep values in all bits of packet and connection marks that are not Plait's, and choose the uplink of one " +
    'host. Every packet that leaves must have both: those values, and the mark of the uplink that it leaves by.',
  parameters: {
    family: ['IPv4', 'IPv6'] as Family[],
    strategy: ['session', 'packet', 'headroom'] as ('session' | 'packet' | 'headroom')[],
  },
  quick: ({ family, strategy }) => strategy === (family === 'IPv4' ? 'packet' : 'session'),
  figures: {
    spoilt: { unit: 'packets with a bit that is wrong', digits: 0 },
    packets: { unit: 'packets in all', digits: 0 },
    strayed: { unit: 'packets not by the uplink that was chosen for them', digits: 0 },
  },
  topology: () => drawing(),
  // Rules of others see every packet on the ordinary way only.
  boxes: ({ family, strategy }) => ({
    balancer: balancer(strategy, { offload: false, ipv6: family === 'IPv6' }),
  }),
  play(lab, { family }) {
    const as = (address: string) => (family === 'IPv6' ? ipv6Of(address) : address);
    addDestinations(lab);
    if (family === 'IPv6') addIpv6(lab);
    const address = as(lab.address('dst1', 'r1-dst1'));
    const chosen = as(lab.address('src-b'));
    const prerouting = `${PROGRAM[family]} -t mangle -A PREROUTING`;
    lab.shell(
      'balancer',
      [
        `${prerouting} -d ${address} -j MARK --set-xmark ${marks(PACKET_MARK, OTHERS)}`,
        `${prerouting} -d ${address} -m conntrack --ctstate NEW -j CONNMARK --set-xmark ${marks(CONNECTION_MARK, OTHERS)}`,
        `${prerouting} -s ${chosen} -m conntrack --ctstate NEW -j MARK --set-xmark ${marks(markOf(CHOSEN), UPLINK_MARK_MASK)}`,
      ].join('; '),
    );
    const connection = `-m connmark --mark ${marks(CONNECTION_MARK, OTHERS)}`;
    const right = DEVICES.map((device, index) => {
      const mark = marks(PACKET_MARK + markOf(index + 1), 0xffffffff);
      return [`right${index + 1}`, `-d ${address} -o ${device} -m mark --mark ${mark} ${connection}`];
    });
    const counting = lab.tally({
      node: 'balancer',
      family,
      chain: 'POSTROUTING',
      of: {
        ...Object.fromEntries(right),
        all: `-d ${address}`,
        chosen: `-s ${chosen} -o ${DEVICES[CHOSEN - 1]}`,
        from: `-s ${chosen}`,
      },
    });
    const streams = ['src-a', 'src-b'].map((from) =>
      lab.backgroundStream({ from, to: 'dst1', address, seconds: 5, connections: 3 }),
    );
    for (const stream of streams) stream.wait();
    const counted = counting();
    return () => {
      const packets = counted.packets();
      const count = (name: string) => packets.get(name) ?? 0;
      const all = count('all');
      return {
        spoilt: all - count('right1') - count('right2') - count('right3'),
        packets: all,
        strayed: count('from') - count('chosen'),
      };
    };
  },
  goal({ spoilt = 0, packets = 0, strayed = 0 }, { strategy }) {
    if (packets < 1000) return `only ${packets} packets were sent`;
    if (spoilt > 0) return `${spoilt} packets have wrong marks`;
    return strategy === 'session' && strayed > 0
      ? `${strayed} packets left by another uplink than was chosen`
      : undefined;
  },
});
