// SPDX-License-Identifier: MIT
import type { Status } from '../../agent/status.ts';
import { experiment } from '../experiment.ts';

const RATE = 4;
const BEFORE = 'session';

const office = (strategy: string) => `version: 1
hostname: office
lan: { ports: [eth0], address: 192.168.20.1/24 }
uplinks:
  dsl: { port: eth1, address: 198.18.1.2/24, gateway: 198.18.1.1, rate: { up: ${RATE}mbit } }
  cable: { port: eth2, address: 198.18.2.2/24, gateway: 198.18.2.1, rate: { up: ${RATE}mbit } }
dns: { servers: [9.9.9.9] }
ntp: { servers: [] }
balance: { strategy: ${strategy} }
`;

/** Frame bytes of a full segment, and its payload: IPv4 and TCP with time stamps. */
const [FRAME, PAYLOAD] = [1514, 1448];
const LIMIT = (RATE * PAYLOAD) / FRAME;

/** Frames that wait before a line, and the ms that a full queue takes: so long may one lost segment hold a stream up. */
const QUEUE = 50;
const QUEUE_TIME = (QUEUE * FRAME * 8) / (RATE * 1000);

/** Seconds of the stream, and the second at which the line is cut. */
const STREAM = 10;
const CUT_AT = 14;

export default experiment({
  name: 'live-configuration',
  title: 'Another strategy under traffic, then a line that dies',
  about:
    'A box with two uplinks of 4 Mbit/s and NAT, balanced as its plait.yaml says. In the middle of a TCP connection ' +
    'through it another strategy is applied; the connection must not notice. Then one line is cut in silence, and new ' +
    'connections must go by the other.',
  parameters: { strategy: ['route', 'bandwidth', 'headroom', 'retransmit', 'history'] },
  quick: ({ strategy }) => strategy === 'bandwidth',
  figures: {
    goodput: { unit: 'Mbit/s', digits: 3 },
    stall: { unit: 'ms', digits: 0 },
    afterwards: { unit: 'Mbit/s', digits: 3 },
    problems: { unit: '', digits: 0 },
  },
  topology: () => `
    host -- office:eth0
    office:eth1 --[ dsl:   ${RATE}mbit 5ms queue=${QUEUE} ]-- isp-a -- net
    office:eth2 --[ cable: ${RATE}mbit 5ms queue=${QUEUE} ]-- isp-b -- net
    net --[ last: 100mbit 1ms ]-- server
    at ${CUT_AT}s: dsl cut`,
  boxes: () => ({ office: office(BEFORE) }),
  play(lab, { strategy }) {
    const seen = lab.trace('last');
    const status = () => lab.shell('office', 'plaitctl status --json');
    const began = status();
    const stream = lab.backgroundStream({ from: 'host', to: 'server', seconds: STREAM });
    lab.wait(STREAM / 2);
    lab.configure('office', office(strategy));
    const changed = status();
    const sent = stream.wait();
    lab.wait(CUT_AT + 2 - STREAM);
    const upload = lab.stream({ from: 'host', to: 'server', seconds: 4, connections: 2 });
    const ended = status();
    const read = (text: { output(): string }) => JSON.parse(text.output()) as Status;
    return () => ({
      goodput: sent.megabitsPerSecond(),
      stall: seen.flow().stall.seconds * 1000,
      afterwards: upload.megabitsPerSecond(),
      problems: [
        read(began).balance?.strategy === BEFORE,
        read(changed).balance?.strategy === strategy,
        // The connection through the box, as the module counts it.
        read(changed).uplinks.some(({ balance }) => (balance?.txBytes ?? 0) > 1e6),
        read(ended).uplinks.every(({ name, state, balance }) =>
          name === 'dsl' ? state === 'dead' && !balance?.live : state === 'up' && balance?.live,
        ),
      ].filter((right) => !right).length,
    });
  },
  limit: () => LIMIT,
  limitIs: 'the rate of one line, less the headers of full frames: a connection behind NAT keeps its line',
  goal({ goodput = 0, stall = 0, afterwards = 0, problems }) {
    if (problems !== 0) return `the box's status is wrong in ${problems} of 4 points`;
    if (goodput < 0.95 * LIMIT) return 'goodput below 95 % of the limit';
    if (stall > QUEUE_TIME) return 'the connection stood still for longer than a full queue takes';
    return afterwards < 0.9 * LIMIT ? 'after the cut less than 90 % of the line that is left' : undefined;
  },
});
