// SPDX-License-Identifier: MIT
/**
 * Everything about plait devices and balancing changes at once, under traffic both ways: scripts in `churn/`, each of which
 * goes on by itself. Made for the kernels with several CPUs (`--smp`, `--kcsan`); what counts is that the kernel says nothing.
 */
import { readFileSync } from 'node:fs';
import { experiment } from '../experiment.ts';
import { type Background, quote, type Workload } from '../workload/workload.ts';

const script = (name: string) => readFileSync(new URL(`churn/${name}.sh`, import.meta.url), 'utf8');
const common = script('common');

const LEGS = [1, 2, 3, 4];
const TRAITS = ['10mbit 5ms', '6mbit 15ms loss=1%', '4mbit 10ms jitter=3ms', '10mbit 5ms queue=30'];

const topology = `
    sender -- left:eth0
    right:eth0 -- receiver
    ${LEGS.map((n) => `left:eth${n}=10.80.${n}.1/24 --[ leg${n}: ${TRAITS[n - 1]} ]-- right:eth${n}=10.80.${n}.2/24`).join('\n    ')}
    host:eth0=192.168.50.2/24 -- box:eth0
    box:eth1 --[ up1: 10mbit 2ms ]-- isp1 -- server
    box:eth2 --[ up2: 5mbit 4ms ]-- isp2 -- server`;

const box = `version: 1
hostname: box
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  up1: { port: eth1, address: 198.18.1.2/24, gateway: 198.18.1.1, nat: false }
  up2: { port: eth2, address: 198.18.2.2/24, gateway: 198.18.2.1, nat: false }
balance: { strategy: session }
health: { interval: 1s }
dns: { servers: [198.51.100.1] }
`;

/** MB that each side receives at the least. */
const LEAST = 0.2;

/** An address of the server that both uplinks lead to. */
const SERVER = '198.51.100.1';

export default experiment({
  name: 'churn',
  title: 'Devices, legs, settings, lines and modules change under traffic',
  about:
    'Legs join, leave, are renamed, moved between network namespaces and lose their carrier; schedulers, rates, weights, the buffer, queueing ' +
    'disciplines and balancing strategies change; devices and the module come and go; and everything is read. Meanwhile TCP and ' +
    'UDP go both ways. Any warning of the kernel fails the cell.',
  parameters: { seconds: [60, 600] },
  quick: ({ seconds }) => seconds === 60,
  figures: {
    changes: { unit: 'changes', digits: 0 },
    missing: { unit: 'kinds of change that never succeeded', digits: 0 },
    streams: { unit: 'streams that ended well', digits: 0 },
    there: { unit: 'MB received', digits: 1 },
    back: { unit: 'MB received by the other side', digits: 1 },
  },
  topology: () => topology,
  boxes: () => ({ box }),
  deadline: 1800,
  play(lab, { seconds }) {
    lab.root('ip netns add elsewhere');
    addServer(lab);
    const start = starter(lab, seconds);
    lab.shell('left', `set +e\n${start.prelude('build')}\nbuild_both`);
    for (const [node, port] of ports) lab.backgroundShell(node, `exec iperf3 -s -p ${port} >/dev/null`);
    const changes = [
      ...['legs', 'carrier', 'settings', 'readers', 'devices', 'module'].map((name) =>
        start.script('left', name),
      ),
      start.script('box', 'strategies'),
    ];
    const traffic = [
      start.script('sender', 'traffic', `TO=${lab.address('receiver')} PORT=${PORT}`),
      start.script('receiver', 'traffic', `TO=${lab.address('sender')} PORT=${PORT}`),
      start.script('host', 'traffic', `TO=${SERVER} PORT=${PORT}`),
    ];
    const done = [...changes, ...traffic].map((one) => one.wait());
    lab.root('rmmod plait_link plait_balance plait_core && insmod /lab/modules/plait_core.ko');
    return () => {
      const counts = done.map((one) => one.output().trim().split(' '));
      const sum = (traffic: boolean) =>
        counts
          .filter(([name]) => (name === 'traffic') === traffic)
          .reduce((all, [, count]) => all + Number(count), 0);
      const received = (node: string) => lab.counters(node).device('eth0').rx.bytes / 1e6;
      return {
        changes: sum(false),
        missing: counts.filter(([name, count]) => name !== 'traffic' && count === '0').length,
        streams: sum(true),
        there: received('receiver'),
        back: received('sender'),
      };
    };
  },
  // How much is done in the time depends on the machine.
  goal({ missing = 0, there = 0, back = 0 }) {
    if (missing > 0) return `${missing} kinds of change never succeeded`;
    return Math.min(there, back) < LEAST ? 'hardly anything was carried' : undefined;
  },
});

const PORT = 5201;
const ports = [
  ['sender', PORT],
  ['receiver', PORT],
  ['server', PORT],
] as const;

/** Starts the scripts, each with randomness of its own. */
function starter(lab: Workload, seconds: number) {
  const { links } = lab.network;
  const wires = links.filter(({ name }) => name.startsWith('leg')).map(({ index }) => `l${index}a`);
  let seed = 0;
  const prelude = (name: string, variables = '') =>
    [
      `SECONDS_LEFT=${seconds} SEED=${++seed * 7919} LEGS=${quote(LEGS.join(' '))} WIRES=${quote(wires.join(' '))} ${variables}`,
      `SENDER=${lab.address('sender')} RECEIVER=${lab.address('receiver')} NAME=${name}`,
      common,
    ].join('\n');
  return {
    prelude,
    script: (node: string, name: string, variables = ''): Background<{ output(): string }> =>
      lab.backgroundShell(node, `set +e\n${prelude(name, variables)}\n${script(name)}`),
  };
}

function addServer(lab: Workload): void {
  lab.shell('server', `ip address add ${SERVER}/32 dev lo`);
  for (const isp of ['isp1', 'isp2'])
    lab.shell(isp, `ip route add ${SERVER}/32 via ${lab.address('server', `${isp}-server`)}`);
  lab.shell('server', `ip route replace 192.168.50.0/24 via ${lab.address('isp1', 'isp1-server')}`);
}
