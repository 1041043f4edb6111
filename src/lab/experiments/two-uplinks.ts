// SPDX-License-Identifier: MIT
import { experiment } from '../experiment.ts';

const branch = (mode: string) => `version: 1
hostname: branch
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.2/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.2/24, weight: 3 }
tunnels:
  hq:
    mode: ${mode}
    remote: { dsl: 198.18.5.1, cable: 198.18.6.1 }
    address: 10.255.0.2/30
    routes: [192.168.60.0/24]
`;

const farEnd = (mode: string) => `version: 1
hostname: far
lan: { ports: [eth0], address: 192.168.60.1/24 }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.1/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.1/24 }
tunnels:
  hq:
    mode: ${mode}
    answer:
      dsl: { uplink: dsl, from: 198.18.5.2 }
      cable: { uplink: cable, from: 198.18.6.2, weight: 3 }
    address: 10.255.0.1/30
    routes: [192.168.50.0/24]
`;

/** Bytes that a full segment has on a link beside its payload: Ethernet, outer headers, IPv4, TCP with time stamps. */
const headers = { ipip: 14 + 20 + 20 + 32, fou: 14 + 28 + 20 + 32 };
const MTU = 1500;

/** Mbit/s on both links together. */
const RATES = 2 + 6;

export default experiment({
  name: 'two-uplinks',
  title: 'One connection over two uplinks, configured by plait.yaml',
  about:
    'Two boxes with the agent and a plait.yaml each, joined by two uplinks of 2 and 6 Mbit/s on VLANs of one port; ' +
    'one TCP connection between hosts behind them, spread packet by packet with weights 1:3.',
  parameters: { mode: ['ipip', 'fou'] as ('ipip' | 'fou')[] },
  quick: () => true,
  figures: { goodput: { unit: 'Mbit/s', digits: 3 }, ratio: { unit: 'cable:dsl', digits: 3 } },
  topology: () => `
    host-a -- branch:eth0
    branch:eth1.5 --[ dsl:   2mbit 10ms queue=50 ]-- far:eth1.5
    branch:eth1.6 --[ cable: 6mbit 10ms queue=50 ]-- far:eth1.6
    far:eth0 -- host-b`,
  boxes: ({ mode }) => ({ branch: branch(mode), far: farEnd(mode) }),
  play(lab) {
    const stream = lab.stream({ from: 'host-a', to: 'host-b', seconds: 30, omit: 2 });
    return () => {
      const { device } = lab.counters('branch');
      return {
        goodput: stream.megabitsPerSecond(),
        ratio: device('hq.cable').tx.packets / device('hq.dsl').tx.packets,
      };
    };
  },
  limit: ({ mode }) => RATES * ((MTU + 14 - headers[mode]) / (MTU + 14)),
  limitIs: "both links' rates, of which a full frame leaves its payload",
  goal({ goodput = 0, ratio = 0 }, _, limit = 0) {
    if (goodput < 0.9 * limit) return 'goodput below 90 % of the limit';
    return Math.abs(ratio - 3) > 0.03 ? 'the ratio on the legs is not 3 within 1 %' : undefined;
  },
});
