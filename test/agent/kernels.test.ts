// SPDX-License-Identifier: MIT
/**
 * The tests' kernel (support/fake-kernel.ts) against this machine's: the same operations, the same answers and the same
 * state after each. It compares what decides on routes: ports that come and go, addresses, gateways, rules.
 */
import { spawn } from 'node:child_process';
import fc from 'fast-check';
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

function mustAgree(operations: readonly Operation[], real: readonly Came[]): void {
  const told = disagreement(operations, real);
  if (told !== undefined) throw new Error(told);
}

/** Both sides answer and are alike after every operation; else the first difference is told with what led to it. */
function disagreement(operations: readonly Operation[], real: readonly Came[]): string | undefined {
  const fake = inMemory(operations);
  for (const [index, seen] of real.entries()) {
    const memory = fake[index] ?? { answer: 'nothing', state: [] };
    const extra = memory.state.filter((line) => !seen.state.includes(line));
    const lacking = seen.state.filter((line) => !memory.state.includes(line));
    if (seen.answer === memory.answer && extra.length + lacking.length === 0) continue;
    return [
      ...operations.slice(0, index).map((one, at) => `${JSON.stringify(one)} ${real[at]?.answer}`),
      `${JSON.stringify(operations[index])}: this machine ${seen.answer}, in memory ${memory.answer}`,
      ...lacking.map((line) => `  only on this machine: ${line}`),
      ...extra.map((line) => `  only in memory: ${line}`),
    ].join('\n');
  }
  return undefined;
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

/** What the agent does to routes, on a small world, so that things meet. */
const PORTS = ['eth1', 'eth2'];
const port = fc.constantFrom(...PORTS);
/** Addresses that the box may have: lease-checks.ts refuses the edges of a subnet. */
const HOSTS = ['10.1.0.1', '10.1.0.2', '10.2.0.1', '100.64.0.1', '100.64.0.2'];
const host = fc.constantFrom(...HOSTS);
const gateway = fc.constantFrom(...HOSTS, '10.1.0.255', '10.1.0.9');
const address = fc
  .tuple(port, host, fc.constantFrom(24, 32, 30), fc.boolean())
  .map(([dev, local, prefix, noPrefixRoute]) => ({
    dev,
    local,
    prefix,
    ...(noPrefixRoute ? { noPrefixRoute } : {}),
  }));
const target = fc.constantFrom('default', '10.1.0.0/24', '10.1.0.1/32', '100.64.0.1/32', '10.7.0.0/16');
const table = fc.constantFrom(MAIN, MAIN, 101);
const metric = fc.constantFrom(0, 100, 101);
const onLink = fc
  .tuple(target, table, metric, port, fc.option(host, { nil: undefined }))
  .map(([dst, table, metric, dev, src]) =>
    route(dst, { table, metric, dev, scope: LINK, ...(src === undefined ? {} : { src }) }),
  );
const byGateway = fc
  .tuple(target, table, metric, port, gateway, fc.boolean())
  .map(([dst, table, metric, dev, via, onlink]) =>
    route(dst, { table, metric, dev, via, ...(onlink ? { onlink } : {}) }),
  );
const spread = fc.tuple(table, gateway, gateway, fc.boolean()).map(([table, first, second, onlink]) =>
  route('default', {
    table,
    metric: 100,
    ...(onlink ? { onlink } : {}),
    nexthops: [
      { dev: 'eth1', via: first, weight: 1 },
      { dev: 'eth2', via: second, weight: 3 },
    ],
  }),
);
const unreachable = fc
  .tuple(target, table, metric)
  .map(([dst, table, metric]) => route(dst, { table, metric, unreachable: true }));
const anyRoute = fc.oneof(onLink, byGateway, spread, unreachable);
const anyRule = fc
  .tuple(
    fc.constantFrom(1000, 1101),
    fc.constantFrom(MAIN, 101),
    fc.option(host, { nil: undefined }),
    fc.boolean(),
  )
  .map(([priority, table, from, suppresses]) => ({
    priority,
    protocol: OURS,
    table,
    ...(from === undefined ? {} : { from: { address: from, prefix: 32 } }),
    ...(suppresses ? { suppressPrefixLength: 0 } : {}),
  }));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('plug in', 'pull out'), port }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('up', 'down'), dev: port }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add address'), address }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete address'), address }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('add route', 'replace route', 'delete route'),
      route: anyRoute,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('add rule', 'delete rule'), rule: anyRule }) },
) as fc.Arbitrary<Operation>;

/** What is deleted is mostly something that was added before: by chance it hardly ever would be. */
const sequence = fc.array(fc.tuple(operation, fc.nat(99)), { minLength: 10, maxLength: 25 }).map((chosen) => {
  const added = new Map<string, Operation[]>();
  return chosen.map(([one, luck]): Operation => {
    const [verb, kind = ''] = one.do.split(' ');
    const before = added.get(kind) ?? [];
    if (verb !== 'delete') {
      added.set(kind, [...before, one]);
      return one;
    }
    const aimed = luck < 80 ? before[luck % Math.max(1, before.length)] : undefined;
    return aimed === undefined ? one : ({ ...aimed, do: one.do } as Operation);
  });
});

/** PLAIT_KERNELS_SEED tries other sequences, PLAIT_KERNELS_RUNS more of them. */
const seed = Number(process.env.PLAIT_KERNELS_SEED ?? 5);
const numRuns = Number(process.env.PLAIT_KERNELS_RUNS ?? 300);

kernels(`agree on ${numRuns} random sequences (seed ${seed})`, async () => {
  const all = fc.sample(sequence, { seed, numRuns }).map((operations) => [...START, ...operations]);
  const different = (await onThisMachine(all)).findIndex(
    (real, index) => disagreement(all[index] ?? [], real) !== undefined,
  );
  if (different >= 0) throw new Error(await smallest(all[different] ?? []));
});

/** Takes out what is not needed for the two to differ, all at once and then one by one: each round is one process. */
async function smallest(operations: readonly Operation[]): Promise<string> {
  const shorter = operations.map((_, left) => operations.filter((_, at) => at !== left));
  const real = await onThisMachine([operations, ...shorter]);
  const told = real.map((one, index) => disagreement([operations, ...shorter][index] ?? [], one));
  const next = told.findIndex((one, index) => index > 0 && one !== undefined);
  return next < 0 ? (told[0] ?? 'not seen again') : smallest(shorter[next - 1] ?? []);
}

kernels.run();
