// SPDX-License-Identifier: MIT
/**
 * The tests' kernel (support/fake-kernel.ts) against this machine's: the same operations, the same answers and the same
 * state after each. It compares what decides on routes: ports that come and go, addresses, gateways, rules.
 */
import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { FakeKernel } from './support/fake-kernel.ts';
import { hostAgent } from './support/host-agent.ts';
import { type Came, type NamedRoute, type Operation, performAll } from './support/kernel-operations.ts';

const DEADLINE = 180_000;
const OURS = 213;
const MAIN = 254;
const LINK = 253;

function inMemory(operations: readonly Operation[]): Came[] {
  const kernel = new FakeKernel([]);
  const ports = {
    plugIn: (port: string) => kernel.addPort(port),
    pullOut: (port: string) => kernel.removePort(port),
  };
  return performAll(kernel, ports, operations);
}

/** All sequences in one process: processes and name spaces are dear. */
async function onThisMachine(sequences: readonly (readonly Operation[])[]): Promise<Came[][]> {
  const { realKernel } = await hostAgent();
  const root = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const child = spawn('unshare', [...root, '--net', realKernel], { timeout: DEADLINE });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdin.end(JSON.stringify(sequences));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the real kernel's side ended with ${code}: ${err}${out.slice(-500)}`);
  return JSON.parse(out) as Came[][];
}

/** Both sides answer and are alike after every operation; the first difference is told with what led to it. */
function mustAgree(operations: readonly Operation[], real: readonly Came[]): void {
  const fake = inMemory(operations);
  for (const [index, seen] of real.entries()) {
    const memory = fake[index] ?? { answer: 'nothing', state: [] };
    const extra = memory.state.filter((line) => !seen.state.includes(line));
    const lacking = seen.state.filter((line) => !memory.state.includes(line));
    if (seen.answer === memory.answer && extra.length + lacking.length === 0) continue;
    throw new Error(
      [
        ...operations.slice(0, index).map((one, at) => `${JSON.stringify(one)} ${real[at]?.answer}`),
        `${JSON.stringify(operations[index])}: this machine ${seen.answer}, in memory ${memory.answer}`,
        ...lacking.map((line) => `  only on this machine: ${line}`),
        ...extra.map((line) => `  only in memory: ${line}`),
      ].join('\n'),
    );
  }
}

function route(dst: string, rest: Partial<NamedRoute> = {}): NamedRoute {
  const [ip = '', prefix = '32'] = dst === 'default' ? ['0.0.0.0', '0'] : dst.split('/');
  return { table: MAIN, protocol: OURS, scope: 0, dst: ip, prefix: Number(prefix), metric: 0, ...rest };
}

const add = (to: NamedRoute): Operation => ({ do: 'add route', route: to });
const replace = (to: NamedRoute): Operation => ({ do: 'replace route', route: to });

const START: Operation[] = [
  { do: 'plug in', port: 'eth1' },
  { do: 'plug in', port: 'eth2' },
  { do: 'up', dev: 'eth1' },
  { do: 'up', dev: 'eth2' },
  { do: 'add address', address: { dev: 'eth1', local: '10.1.0.2', prefix: 24 } },
  { do: 'add address', address: { dev: 'eth2', local: '100.64.0.2', prefix: 32, noPrefixRoute: true } },
];

const SCENES: [what: string, operations: Operation[], answers: string[]][] = [
  [
    'a gateway that is the broadcast address, an own one, nobody, or in no subnet',
    ['10.1.0.255', '10.1.0.0', '10.1.0.2', '0.0.0.0', '224.0.0.1', '10.9.0.1'].map((via) =>
      replace(route('default', { dev: 'eth1', via, metric: 100 })),
    ),
    ['EINVAL', 'ok', 'ok', 'ok', 'ENETUNREACH', 'ENETUNREACH'],
  ],
  [
    'two gateways of the same address by two devices, on the link',
    [
      add(
        route('default', {
          metric: 100,
          onlink: true,
          nexthops: [
            { dev: 'eth1', via: '10.1.0.1', weight: 1 },
            { dev: 'eth2', via: '10.1.0.1', weight: 2 },
          ],
        }),
      ),
      { do: 'pull out', port: 'eth2' },
      replace(route('default', { dev: 'eth1', via: '10.1.0.1', metric: 100, onlink: true })),
    ],
    ['ok', 'ok', 'ok'],
  ],
  [
    'a route that is there already, by another device and from the kernel itself',
    [
      add(route('10.7.0.0/16', { dev: 'eth1', scope: LINK })),
      add(route('10.7.0.0/16', { dev: 'eth2', scope: LINK })),
      replace(route('10.7.0.0/16', { dev: 'eth2', scope: LINK })),
      add(route('10.1.0.0/24', { dev: 'eth2', scope: LINK })),
    ],
    ['ok', 'EEXIST', 'ok', 'EEXIST'],
  ],
  [
    'a device that is down, and one that has gone',
    [
      { do: 'down', dev: 'eth1' },
      add(route('10.7.0.0/16', { dev: 'eth1', scope: LINK })),
      { do: 'pull out', port: 'eth1' },
      add(route('10.7.0.0/16', { dev: 'eth1', scope: LINK })),
      { do: 'up', dev: 'eth1' },
      { do: 'add address', address: { dev: 'eth1', local: '10.1.0.3', prefix: 24 } },
    ],
    ['ok', 'ENETDOWN', 'ok', 'ENODEV', 'ENODEV', 'ENODEV'],
  ],
];

const kernels = suite("the tests' kernel and this machine's");
kernels.before(() => needs('iproute2', 'util-linux'));

kernels('agree on what a scene is made for', async () => {
  const all = SCENES.map(([, operations]) => [...START, ...operations]);
  const real = await onThisMachine(all);
  for (const [index, [what, , answers]] of SCENES.entries()) {
    mustAgree(all[index] ?? [], real[index] ?? []);
    assert.equal(
      real[index]?.slice(START.length).map(({ answer }) => answer),
      answers,
      what,
    );
  }
});

kernels.run();
