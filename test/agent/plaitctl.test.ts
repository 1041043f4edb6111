// SPDX-License-Identifier: MIT
/** The command line of plaitctl: its help, wrong use, and what it tells of the board itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ControlPorts } from '../../src/agent/commands/context.ts';
import { COMMANDS, publicNames } from '../../src/agent/commands/table.ts';
import { control } from '../../src/agent/control.ts';
import type { Status } from '../../src/agent/status.ts';
import { fakeAgent, noSetup } from './support/agent.ts';
import { BRANCH } from './support/board.ts';

interface World {
  /** Files of the board. */
  files?: Record<string, string>;
  /** plaitd's answer; absent: it does not run. */
  answer?: (question: { method: string; params: Record<string, unknown> }) => unknown;
  /** How `reboot` ends. */
  reboot?: { code: number; stderr: string };
}

async function plaitctl(line: string, { files = {}, answer, reboot }: World = {}) {
  const agent = fakeAgent(files);
  for (const { index, name } of agent.board.kernel.links())
    if (name !== 'eth2') agent.board.kernel.changeLink({ index, up: true });
  const [out, err, ran]: string[][] = [[], [], []];
  const ask = (text: string) => JSON.stringify({ id: 1, result: answer?.(JSON.parse(text)) });
  const call = () => {
    if (answer) return { ask, close: () => undefined };
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  const run = async (argv: readonly string[]) => {
    ran?.push(argv.join(' '));
    return { code: 0, stdout: '', stderr: '', ...reboot };
  };
  const ports: ControlPorts = {
    ports: {
      ...agent.ports,
      sockets: { ...agent.ports.sockets, call },
      processes: { ...agent.ports.processes, run },
    },
    kernel: () => agent.board.kernel,
    setup: () => noSetup,
    out: (text) => out?.push(text),
    err: (text) => err?.push(text),
    env: () => undefined,
  };
  const code = await control(
    line.split(' ').filter((word) => word !== ''),
    ports,
  );
  return { code, out: out?.join(''), err: err?.join(''), ran };
}

const help = suite('help of plaitctl');

help('lists what people use, and nothing that only scripts call', async () => {
  const { code, out } = await plaitctl('--help');
  assert.is(code, 0);
  for (const name of publicNames()) assert.match(out ?? '', new RegExp(`^  ${name} +\\w`, 'm'));
  assert.equal(
    Object.keys(COMMANDS).filter((name) => !publicNames().includes(name)),
    ['factory', 'grow-data', 'clock', 'lease'],
  );
  assert.not.match(out ?? '', /factory|grow-data|lease|clock EVENT/);
  for (const asked of ['help', '-h']) assert.is((await plaitctl(asked)).out, out);
});

help('without a command is wrong use, and goes to standard error', async () => {
  const { code, out, err } = await plaitctl('');
  assert.equal([code, out], [2, '']);
  assert.match(err ?? '', /^Usage: plaitctl/);
});

for (const name of Object.keys(COMMANDS))
  help(`of ${name} is its own`, async () => {
    const { code, out } = await plaitctl(`${name} --help`);
    assert.is(code, 0);
    assert.match(out ?? '', `Usage: plaitctl [--json] ${COMMANDS[name]?.usage}\n`);
    for (const option of Object.keys(COMMANDS[name]?.options ?? {})) assert.match(out ?? '', `  --${option}`);
    for (const asked of [`help ${name}`, `${name} -h`]) assert.is((await plaitctl(asked)).out, out);
  });

help('of what is no command says which was meant', async () => {
  const { code, err } = await plaitctl('help chek');
  assert.equal([code, err], [2, 'plaitctl: there is no command "chek"; did you mean "check"?\n']);
});

help('fits on a terminal of 80 columns', async () => {
  const pages = ['--help', ...Object.keys(COMMANDS).map((name) => `${name} --help`)];
  for (const page of pages)
    for (const line of ((await plaitctl(page)).out ?? '').split('\n')) assert.ok(line.length <= 80, line);
});

help.run();

const wrong = suite('wrong use of plaitctl');

function refuses(line: string, message: string): void {
  wrong(`plaitctl ${line}`, async () => {
    assert.equal(await plaitctl(line), { code: 2, out: '', err: `plaitctl: ${message}\n`, ran: [] });
  });
}

refuses('stauts', 'there is no command "stauts"; did you mean "status"?');
refuses('grow', 'there is no command "grow"; did you mean "show"?');
refuses('ports eth0', '"eth0" is one word too many: plaitctl ports');
refuses('apply --within 5s', 'there is no option "--within": plaitctl apply [--confirm-within TIME] [FILE]');
refuses(
  'apply --confirm-within',
  '--confirm-within wants a value: plaitctl apply [--confirm-within TIME] [FILE]',
);
refuses('reboot --unconfirmed=yes', '--unconfirmed takes no value: plaitctl reboot [--unconfirmed]');
refuses('reboot -f', 'there is no option "-f": plaitctl reboot [--unconfirmed]');

wrong.run();

const board = suite('plaitctl about the board');

const NET = '/sys/class/net';
const FILES = {
  [`${NET}/eth0/address`]: '00:0d:b9:01:02:03\n',
  [`${NET}/eth0/carrier`]: '1\n',
  [`${NET}/eth0/speed`]: '100\n',
  [`${NET}/eth0/duplex`]: 'full\n',
  [`${NET}/eth1/address`]: '00:0d:b9:01:02:04\n',
  [`${NET}/eth1/carrier`]: '0\n',
  [`${NET}/eth1/speed`]: '-1\n',
  [`${NET}/eth2/address`]: '00:0d:b9:01:02:05\n',
};

board('ports have a name, a MAC address, a link and a speed', async () => {
  const { code, out } = await plaitctl('ports --json', { files: FILES });
  assert.is(code, 0);
  assert.equal(JSON.parse(out ?? '').ports, [
    { name: 'eth0', mac: '00:0d:b9:01:02:03', link: 'up', speedMbit: 100, duplex: 'full' },
    { name: 'eth1', mac: '00:0d:b9:01:02:04', link: 'no carrier' },
    { name: 'eth2', mac: '00:0d:b9:01:02:05', link: 'down' },
  ]);
  assert.is(
    (await plaitctl('ports', { files: FILES })).out,
    [
      'PORT  MAC                LINK        SPEED',
      'eth0  00:0d:b9:01:02:03  up          100 Mbit/s full duplex',
      'eth1  00:0d:b9:01:02:04  no carrier  -',
      'eth2  00:0d:b9:01:02:05  down        -',
      '',
    ].join('\n'),
  );
});

board('a configuration comes from the standard input too', async () => {
  const { code, out } = await plaitctl('check -', { files: { '/proc/self/fd/0': BRANCH } });
  assert.equal([code, out], [0, '- can be applied\n']);
  let given: unknown;
  const answer = ({ params }: { params: Record<string, unknown> }) => {
    given = params;
    return { changes: ['x'], pending: true, seconds: 60, warnings: [] };
  };
  const applied = await plaitctl('apply -', { files: { '/proc/self/fd/0': BRANCH }, answer });
  assert.is(applied.code, 0);
  assert.equal(given, { text: BRANCH, within: 60_000 });
});

board('the version tells board, slot and kernel', async () => {
  const files = {
    '/proc/sys/kernel/osrelease': '6.12.94\n',
    '/proc/cmdline': 'console=ttyS0 plait.slot=b quiet\n',
  };
  const { out } = await plaitctl('version', { files });
  assert.match(out ?? '', /^plait \S+ \([\w-]+, slot b, Linux 6\.12\.94\)\n$/);
  assert.is((await plaitctl('--version', { files })).out, out);
  const { slot, kernel } = JSON.parse((await plaitctl('version --json', { files })).out ?? '');
  assert.equal([slot, kernel], ['b', '6.12.94']);
});

const status = (pending?: { secondsLeft: number }) => () => ({ pending }) as Partial<Status>;

board('a restart is refused while an apply waits to be confirmed', async () => {
  const { code, err, ran } = await plaitctl('reboot', { answer: status({ secondsLeft: 40 }) });
  assert.is(code, 1);
  assert.match(err ?? '', /^plaitctl: an apply waits for "plaitctl confirm" \(40 s left\): /);
  assert.equal(ran, []);
});

board('a restart is refused while an upgrade is under way', async () => {
  const upgrade = { id: 2, state: 'writing', from: 'new.swu' } as const;
  const { code, err, ran } = await plaitctl('reboot', { answer: () => ({ upgrade }) });
  assert.equal([code, ran], [1, []]);
  assert.is(
    err,
    'plaitctl: upgrade 2 (new.swu) is writing; "plaitctl upgrade" alone follows it, or say --unconfirmed\n',
  );
});

board('a restart is made when nothing waits, when told to, and without plaitd', async () => {
  for (const [line, answer] of [
    ['reboot', status()],
    ['reboot --unconfirmed', status({ secondsLeft: 40 })],
    ['reboot', undefined],
  ] as const) {
    const { code, out, ran } = await plaitctl(line, answer ? { answer } : {});
    assert.equal([code, out, ran], [0, 'the board restarts\n', ['reboot']]);
  }
});

board('a restart that does not begin is a failure', async () => {
  const { code, err } = await plaitctl('reboot', { reboot: { code: 1, stderr: 'not permitted\n' } });
  assert.equal([code, err], [1, 'plaitctl: the board was not restarted: not permitted\n']);
});

board.run();
