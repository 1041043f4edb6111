// SPDX-License-Identifier: MIT
/** `plaitctl factory` on boards in memory: what it measures of good ones and of bad ones, and the identity that it writes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ControlPorts } from '../../src/agent/commands/context.ts';
import { control } from '../../src/agent/control.ts';
import type { BoardAnswer } from '../../src/agent/factory/answer.ts';
import { PATTERN_CRC, ROOTS, rootsOfThousand } from '../../src/agent/factory/cpu.ts';
import { BOARD_PHASES } from '../../src/agent/factory/phases.ts';
import { COMPARE } from '../../src/agent/factory/storage.ts';
import { IDENTITY_SECTORS, parseIdentity } from '../../src/agent/identity.ts';
import { sleep } from '../../src/agent/sleep.ts';
import { PHASES } from '../../src/factory/station/phase-table.ts';
import { fakeAgent, noSetup } from './support/agent.ts';
import { BUTTON_DEVICES } from './support/fake-panel.ts';

const MAC = (last: number) => `00:0d:b9:12:34:5${last}`;
const FILES: Record<string, string> = {
  '/proc/sys/kernel/random/boot_id': '5b1c\n',
  '/proc/cpuinfo':
    'processor\t: 0\ncpu family\t: 5\nmodel\t\t: 10\nmodel name\t: Geode(TM) Integrated Processor by AMD PCS\ncpu MHz\t\t: 498.052\n',
  '/proc/meminfo': 'MemTotal:         253440 kB\nMemAvailable:     200000 kB\nEarlyMemtestBad:       0 kB\n',
  '/sys/class/net/eth0/address': `${MAC(4)}\n`,
  '/sys/class/net/eth1/address': `${MAC(5)}\n`,
  '/sys/class/net/eth2/address': `${MAC(6)}\n`,
  '/sys/class/hwmon/hwmon0/temp1_input': '41000\n',
  '/sys/bus/pci/devices/0000:00:09.0/class': '0x020000\n',
  '/sys/bus/pci/devices/0000:00:0c.0/class': '0x028000\n',
  '/sys/bus/usb/devices/usb1/speed': '480\n',
  '/sys/bus/usb/devices/1-1/speed': '480\n',
  '/sys/bus/usb/devices/1-1:1.0/x': '\n',
  ...Object.fromEntries(
    [0, 1, 2].flatMap((led) => [
      [`/sys/class/leds/alix:${led}/trigger`, 'none [heartbeat] timer\n'],
      [`/sys/class/leds/alix:${led}/brightness`, '0\n'],
    ]),
  ),
  '/sys/class/leds/input3::numlock/brightness': '0\n',
  '/run/plait/disk/disk': '',
  '/proc/bus/input/devices': BUTTON_DEVICES,
  '/sys/block/sda/size': '4096\n',
  '/sys/block/sda/device/model': 'SanDisk SDCFH2-0\n',
  '/proc/sys/vm/drop_caches': '0\n',
  ...Object.fromEntries(
    ['eth0', 'eth1'].flatMap((port) => [
      [`/sys/class/net/${port}/carrier`, '1\n'],
      [`/sys/class/net/${port}/speed`, '100\n'],
      [`/sys/class/net/${port}/statistics/rx_errors`, '7\n'],
    ]),
  ),
};

interface World {
  readonly files?: Record<string, string>;
  /** Seconds of the board's clock in one that passes. */
  readonly rtcRate?: number;
  readonly run?:
    | { code: number; stdout: string }
    | ((argv: readonly string[], disk: Map<number, Uint8Array>) => { code: number; stdout: string });
  /** What is on the disk, by its place. */
  readonly disk?: readonly (readonly [number, Uint8Array])[];
  /** Milliseconds that the board is up. */
  readonly uptime?: number;
  /** What becomes of a frame on the cable from eth0 to eth1; absent: nothing happens to it. */
  readonly cable?: (frame: Uint8Array) => Uint8Array | undefined;
  /** Milliseconds that a write takes. */
  readonly slow?: number;
  /** An agent runs. */
  readonly answers?: boolean;
}

async function factory(line: string, { files = {}, rtcRate = 1, run, ...world }: World = {}) {
  const agent = fakeAgent({ ...FILES, ...files });
  agent.clock.now += world.uptime ?? 0;
  for (const [at, bytes] of world.disk ?? []) agent.disk.set(at, bytes);
  const poked: string[] = [];
  const { files: real, clock } = agent.ports;
  const ran: string[][] = [];
  const ports: ControlPorts = {
    ports: {
      ...agent.ports,
      files: Object.assign(Object.create(real), {
        read: (path: string) =>
          path.endsWith('since_epoch') && rtcRate > 0
            ? `${Math.floor((clock.monotonic() * rtcRate) / 1000)}\n`
            : real.read(path),
        write: (path: string, text: string, options: object) => {
          agent.clock.now += world.slow ?? 0;
          real.write(path, text, options);
        },
        poke: (path: string, text: string) => {
          poked.push(`${path.split('/').slice(-2).join(' ')} ${text}`);
          real.poke(path, text);
        },
      }),
      disks: {
        ...agent.ports.disks,
        size: () => 2 * 1_048_576,
      },
      sockets: {
        ...agent.ports.sockets,
        call: () => {
          if (!world.answers) throw Object.assign(new Error('nobody listens'), { code: 'ENOENT' });
          return {
            ask: (line) => {
              const { method, params } = JSON.parse(line) as { method: string; params: { seconds: number } };
              poked.push(`${method} ${params.seconds}`);
              return JSON.stringify({ id: 1, result: {} });
            },
            close: () => undefined,
          };
        },
        frames(index, receive) {
          receivers.set(index, receive);
          return {
            send(frame) {
              const arrived = world.cable === undefined ? frame : world.cable(frame);
              if (arrived) clock.after(1, () => receivers.get(far.get(index) ?? 0)?.(arrived, 0));
            },
            close: () => void receivers.delete(index),
          };
        },
      },
      processes: {
        ...agent.ports.processes,
        async run(argv) {
          ran.push([...argv]);
          // Nothing takes no time at all: what is done until a time would never end.
          await sleep(clock, 50);
          return {
            code: 0,
            stdout: '0\n',
            stderr: '',
            ...(typeof run === 'function' ? run(argv, agent.disk) : run),
          };
        },
      },
    },
    kernel: () => agent.board.kernel,
    setup: () => noSetup,
    out: (text) => void said.push(text),
    err: (text) => void said.push(text),
    env: () => undefined,
  };
  const receivers = new Map<number, (frame: Uint8Array, vlan: number) => void>();
  const [eth0, eth1] = ['eth0', 'eth1'].map(
    (name) => agent.board.kernel.links().find((link) => link.name === name)?.index ?? 0,
  );
  const far = new Map([
    [eth0, eth1],
    [eth1, eth0],
  ]);
  const said: string[] = [];
  let code: number | undefined;
  const ended = control(['factory', ...line.split(' '), '--json'], ports).then((one) => {
    code = one;
  });
  for (let step = 0; code === undefined && step < 20_000; step++) await agent.clock.advance(5);
  await ended;
  const out = said.join('');
  const answer = (out.startsWith('{') ? JSON.parse(out) : undefined) as BoardAnswer & {
    error?: { message: string };
  };
  return { code, out, answer, poked, ran, disk: agent.disk };
}

const phases = suite('plaitctl factory');

phases('tells which board it is, and which start of it', async () => {
  const { code, answer } = await factory('board');
  assert.is(code, 0);
  assert.equal(answer, {
    phase: 'board',
    boot: '5b1c',
    version: '0.0.0',
    macs: [4, 5, 6].map(MAC),
    measurements: {},
  });
});

phases('measures nothing that the station does not know', async () => {
  for (const [name, { kind, measures }] of Object.entries(PHASES)) {
    if (kind === 'finalize' || !Object.hasOwn(BOARD_PHASES, name)) continue;
    const { answer, out } = await factory(name === 'nics' ? 'nics pairs=eth0-eth1 frames=5' : name);
    const { seconds: _, ...measurements } = answer?.measurements ?? assert.unreachable(out);
    for (const measured of Object.keys(name === 'load' ? measurements : answer.measurements))
      assert.ok(Object.hasOwn(measures, measured), `${name} measures ${measured}`);
  }
});

phases('knows the CPU, and that it computes', async () => {
  const { answer } = await factory('cpu seconds=1');
  const { rounds, ...rest } = answer.measurements;
  assert.ok(Number(rounds) > 1);
  const model_name = 'Geode(TM) Integrated Processor by AMD PCS';
  assert.equal(rest, { cpus: 1, family: 5, model: 10, clock: 498.052, model_name, wrong: 0 });
});

phases('compares with results of other implementations', () => {
  assert.is(crc32(Buffer.from(Uint8Array.from({ length: 4096 }, (_, at) => at & 255))), PATTERN_CRC);
  const sum = execFileSync('awk', ['BEGIN { for (i = 1; i <= 1000; i++) s += sqrt(i); printf "%.17g", s }']);
  assert.is(Number(sum), ROOTS);
  assert.is(rootsOfThousand(), ROOTS);
});

phases('sees addresses that are not in a row', async () => {
  assert.equal((await factory('macs vendor=00:0d:b9')).answer.measurements, {
    addresses: 3,
    of_vendor: 3,
    consecutive: true,
  });
  const other = await factory('macs vendor=00:0d:b9', {
    files: { '/sys/class/net/eth2/address': '00:11:22:33:44:55\n' },
  });
  assert.equal(other.answer.measurements, { addresses: 3, of_vendor: 2, consecutive: false });
});

phases('finds a clock that goes wrong, and one that stands', async () => {
  const { elapsed, error } = (await factory('rtc seconds=10')).answer.measurements;
  assert.equal([elapsed, Math.abs(Number(error)) < 0.05], [10, true]);
  const slow = (await factory('rtc seconds=10', { rtcRate: 0.9 })).answer.measurements;
  assert.ok(Number(slow.error) > 0.5, JSON.stringify(slow));
  const still = await factory('rtc', { rtcRate: 0, files: { '/sys/class/rtc/rtc0/since_epoch': '7\n' } });
  assert.match(still.answer.error?.message ?? '', 'the clock stands still at 7');
  assert.match((await factory('rtc', { rtcRate: 0 })).answer.error?.message ?? '', 'the board has no clock');
});

phases('counts sensors, PCI and USB devices', async () => {
  assert.equal((await factory('temperature seconds=1')).answer.measurements, {
    sensors: 1,
    idle: 41,
    loaded: 41,
    rise: 0,
  });
  assert.equal((await factory('pci')).answer.measurements, { devices: 2, wireless: 1 });
  assert.equal((await factory('usb')).answer.measurements, { controllers: 1, devices: 1 });
});

phases('blinks each LED as often as it is told, and gives them back', async () => {
  const { answer, poked } = await factory('leds blinks=3,1,2');
  assert.equal(answer.measurements, { leds: 3 });
  const done = (led: number, what: string) => poked.filter((one) => one === `alix:${led} ${what}`).length;
  assert.equal(
    [0, 1, 2].map((led) => done(led, 'brightness 1')),
    [3, 1, 2],
  );
  assert.equal(
    poked.slice(-3),
    [0, 1, 2].map((led) => `alix:${led} trigger heartbeat`),
  );
  const lent = (await factory('leds blinks=3,1,2', { answers: true })).poked;
  // 3 pauses of 1.2 s and 6 blinks of 0.8 s, and 5 s more.
  assert.is(lent[0], 'lend-leds 14');
  assert.equal(lent.slice(1, -1), poked);
  assert.is(lent.at(-1), 'lend-leds 0');
  assert.match((await factory('leds blinks=3,1')).answer.error?.message ?? '', 'for each of 3 LEDs');
});

phases('fills what memory is free, and tells what the kernel found', async () => {
  const { answer, ran } = await factory('ram passes=2', { run: { code: 0, stdout: '1\n' } });
  assert.equal(answer.measurements, { total: 247, tested: 147, wrong: 2, memtest_bad: 0 });
  assert.equal(
    ran.map((argv) => argv.at(-1)),
    ['147', '147'],
  );
  const full = await factory('ram', { run: { code: 9, stdout: '' } });
  assert.match(full.answer.error?.message ?? '', 'could not be filled (exit code 9)');
});

phases('counts frames between two ports that are lost or changed', async () => {
  const good = { ports: 2, links: 2, slowest: 100, sent: 200, lost: 0, changed: 0, receive_errors: 0 };
  const line = 'nics pairs=eth0-eth1 frames=100';
  assert.equal((await factory(line)).answer.measurements, good);
  let number = 0;
  const loses = (frame: Uint8Array) => (number++ % 50 === 3 ? undefined : frame);
  assert.equal((await factory(line, { cable: loses })).answer.measurements, { ...good, lost: 4 });
  const turns = (frame: Uint8Array) =>
    number++ % 50 === 3 ? frame.map((byte, at) => (at === frame.length - 1 ? byte ^ 1 : byte)) : frame;
  number = 0;
  assert.equal((await factory(line, { cable: turns })).answer.measurements, { ...good, changed: 4 });
  const out = await factory(line, { files: { '/sys/class/net/eth1/carrier': '0\n' } });
  assert.equal(out.answer.measurements, { ports: 2, links: 1 });
  assert.match(
    (await factory('nics pairs=eth0-eth7')).answer.error?.message ?? '',
    'the board has no port eth7',
  );
  assert.match((await factory('nics')).answer.error?.message ?? '', 'it must be pairs of ports');
});

phases('looks at a card: its speed, what it keeps, and what the kernel says of it', async () => {
  const said = 'ata1.00: exception Emask 0x0\nsda: sda1 sda2\nI/O error, dev sda, sector 5\n';
  const { answer } = await factory('storage read=64 writes=100', {
    slow: 20,
    run: (argv) => ({ code: 0, stdout: argv[0] === 'dmesg' ? said : '3\n' }),
  });
  const { read_rate, ...rest } = answer.measurements;
  assert.ok(Number(read_rate) > 0);
  assert.equal(rest, { model: 'SanDisk SDCFH2-0', size: 2, write_wrong: 3, sync_p99: 20, ata_errors: 2 });
  const full = await factory('storage', { run: { code: 9, stdout: '' } });
  assert.match(full.answer.error?.message ?? '', '8 MiB could not be written (exit code 9)');
});

phases('works on all of it at once, and adds up what it saw', async () => {
  const said = [
    '[    0.001000] ata1.00: exception Emask 0x0',
    '[ 9999.000000] I/O error, dev sda, sector 5',
    '[ 9999.100000] WARNING: CPU: 0 PID: 1 at kernel/x.c:1',
    'mce: [Hardware Error]: Machine check events logged',
    '',
  ].join('\n');
  const { answer, out, ran } = await factory('load seconds=20 pairs=eth0-eth1', {
    run: (argv) => ({ code: 0, stdout: argv[0] === 'dmesg' ? said : '1\n' }),
    uptime: 60_000,
  });
  const { seconds, memory_passes, memory_wrong, cpu_rounds, frames, disk_read, ...rest } =
    answer?.measurements ?? assert.unreachable(out);
  assert.ok(Number(seconds) >= 20, out);
  assert.is(memory_wrong, memory_passes, 'one MiB a pass');
  for (const count of [memory_passes, cpu_rounds, frames, disk_read]) assert.ok(Number(count) > 0, out);
  assert.equal(rest, {
    ...{ cpu_wrong: 0, memory_tested: 147, disk_errors: 0, write_wrong: 1 },
    ...{ links: 2, lost: 0, changed: 0, receive_errors: 0, ata_errors: 1, kernel_errors: 2 },
    ...{ sensors: 1, coldest: 41, hottest: 41 },
  });
  assert.ok(ran.some((argv) => argv.join(' ').startsWith('dd if=/run/plait/disk/disk of=/dev/null')));
});

phases('counts a disk that cannot be read, and a port without its cable', async () => {
  const { answer, out } = await factory('load seconds=5 pairs=eth0-eth1', {
    run: (argv) => ({ code: argv[0] === 'dd' ? 1 : 0, stdout: argv[0] === 'sh' ? '0\n' : '' }),
    files: { '/sys/class/net/eth1/carrier': '0\n' },
  });
  const { disk_errors, disk_read, links, frames } = answer?.measurements ?? assert.unreachable(out);
  assert.ok(Number(disk_errors) > 0);
  assert.equal([disk_read, links, frames], [0, 1, undefined]);
});

phases('compares files with what was written, and leaves none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plait-compare-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  /** What happens to the files before they are read again. */
  const compare = (meanwhile: string) => {
    writeFileSync(join(bin, 'sync'), `#!/bin/sh\n${meanwhile}\n`, { mode: 0o755 });
    const argv = ['-c', COMPARE, 'sh', join(folder, 'f'), '8', '/dev/null'];
    const env = { PATH: `${bin}:${process.env.PATH}`, F: join(folder, 'f'), TMPDIR: folder };
    const said = execFileSync('sh', argv, { env, encoding: 'utf8' });
    assert.equal(readdirSync(folder), ['bin']);
    return said;
  };
  assert.is(compare(''), '0\n');
  assert.is(compare('printf x | dd of="$F-3" bs=1 seek=700000 conv=notrunc 2>/dev/null'), '1\n');
  assert.is(compare('mv "$F-1" "$F-0"; mv "$F-2" "$F-1"; mv "$F-0" "$F-2"'), '2\n', 'two are exchanged');
  assert.is(compare('truncate -s 1048575 "$F-8"; rm "$F-7"'), '2\n');
  rmSync(folder, { recursive: true });
});

phases('sees the button pressed, and let go', async () => {
  const event = (value: number, words: number) => [...Array(words - 4).fill(9), 1, 408, value, 0].join(' ');
  const end = (words: number) => [...Array(words - 4).fill(9), 0, 0, 0, 0].join(' ');
  for (const [arch, words] of [
    ['i586', 8],
    ['x86_64', 12],
  ] as const) {
    const press = `${event(1, words)} ${end(words)} `;
    const release = `${event(0, words)} ${end(words)} `;
    const files = {
      '/proc/sys/kernel/arch': `${arch}\n`,
      '/proc/bus/input/devices':
        arch === 'i586' ? BUTTON_DEVICES : BUTTON_DEVICES.replace(/( 0){12}\n/, ' 0 0 0 0 0 0\n'),
    };
    const said = async (stdout: string) =>
      (await factory('button seconds=3', { files, run: { code: 0, stdout } })).answer;
    assert.equal((await said(press + release)).measurements, { pressed: true, released: true });
    assert.equal((await said(press)).measurements, { pressed: true, released: false });
    assert.equal((await said(release)).measurements, { pressed: false, released: false });
    assert.equal((await said('')).measurements, { pressed: false, released: false });
  }
  assert.ok((await factory('button')).ran.at(-1)?.includes('/dev/input/event1'));
  const none = await factory('button', { files: { '/proc/bus/input/devices': '' } });
  assert.match(none.answer.error?.message ?? '', 'the kernel has no button');
});

phases('writes an identity twice, and none of another board', async () => {
  const identity = { serial: '2D13-4711', macs: [MAC(4), MAC(5), MAC(6)], report: 'r-1' };
  const file = (text: string) => ({ files: { '/tmp/identity': text } });
  const { answer, disk, out } = await factory(
    'finalize identity=/tmp/identity',
    file(JSON.stringify(identity)),
  );
  assert.equal(answer.measurements, { copies: 2 }, out);
  for (const sector of IDENTITY_SECTORS)
    assert.equal(parseIdentity(disk.get(sector * 512) ?? new Uint8Array()), identity);
  const foreign = JSON.stringify({ ...identity, macs: [MAC(4), MAC(9)] });
  for (const [text, why] of [
    [foreign, /00:0d:b9:12:34:59 is no address of this board/],
    ['{"serial":"x y"}', /is no identity: serial is "x y"/],
  ] as const) {
    const refused = await factory('finalize identity=/tmp/identity', file(text));
    assert.match(refused.answer.error?.message ?? '', why);
    assert.is(refused.disk.size, 0);
  }
});

/** dropbear's key file, with a private half of ones and a public half of twos. */
const KEY_FILE = Uint8Array.from([
  ...[0, 0, 0, 11, ...Buffer.from('ssh-ed25519'), 0, 0, 0, 64],
  ...Array(32).fill(1),
  ...Array(32).fill(2),
]);
const PUBLIC_KEY = Buffer.from([
  ...[0, 0, 0, 11, ...Buffer.from('ssh-ed25519'), 0, 0, 0, 32],
  ...Array(32).fill(2),
]).toString('base64');

phases('has a key of its own, made once, of which it tells the public half', async () => {
  const made = await factory('key', {
    run(argv, disk) {
      if (argv[0] === 'dropbearkey') disk.set(0, KEY_FILE);
      return { code: 0, stdout: '' };
    },
  });
  assert.equal(made.answer.measurements, { public_key: PUBLIC_KEY });
  assert.equal(made.ran, [
    ['dropbearkey', '-t', 'ed25519', '-f', '/data/dropbear/dropbear_ed25519_host_key'],
  ]);
  const again = await factory('key', { disk: [[0, KEY_FILE]] });
  assert.equal([again.answer.measurements, again.ran], [{ public_key: PUBLIC_KEY }, []]);
  assert.match(
    (await factory('key', { run: { code: 1, stdout: '' } })).answer.error?.message ?? '',
    /was not made \(dropbearkey ended with 1\)/,
  );
});

phases('takes no identity with the key of another board', async () => {
  const identity = { serial: '2D13-4711', macs: [MAC(4)], publicKey: PUBLIC_KEY };
  const give = (publicKey: string) =>
    factory('finalize identity=/tmp/identity', {
      files: { '/tmp/identity': JSON.stringify({ ...identity, publicKey }) },
      disk: [[0, KEY_FILE]],
    });
  assert.equal((await give(PUBLIC_KEY)).answer.measurements, { copies: 2 });
  assert.match(
    (await give(PUBLIC_KEY.replace('AgIC', 'AwID'))).answer.error?.message ?? '',
    /is not that of this board/,
  );
});

const NETWORK = {
  '/proc/cmdline': `console=ttyS0 plait.station=192.168.91.1,192.168.91.107,${MAC(5)} x=1\n`,
};
const SHA = 'a'.repeat(64);

/** A station that lists parts of a card, whose hashes are read back as `found` says. */
async function writeCard(list: string, found: (start: string) => string = () => SHA, files = NETWORK) {
  return factory('card', {
    files,
    run: (argv) => {
      if (argv[0] === 'wget') return { code: 0, stdout: list };
      return { code: 0, stdout: argv[2]?.startsWith('dd ') ? `${found(argv[5] ?? '')}  -\n` : '' };
    },
  });
}

phases('writes its card from the station, the boot sector last, and compares it', async () => {
  const list = `0 50 ${SHA}\n256 200 ${SHA}\n`;
  const { answer, ran, out } = await writeCard(list);
  const { seconds: _, ...rest } = answer?.measurements ?? assert.unreachable(out);
  assert.equal(rest, { parts: 2, wrong: 0, written: 1 });
  assert.equal(
    ran.filter((argv) => argv[0] === 'ip').map((argv) => argv.slice(1).join(' ')),
    [
      'link set dev eth1 up',
      'address replace 192.168.91.107/32 dev eth1',
      'route replace 192.168.91.1/32 dev eth1 src 192.168.91.107',
      'address del 192.168.91.107/32 dev eth1',
    ],
  );
  const writes = ran.filter((argv) => argv[2]?.startsWith('wget '));
  assert.equal(
    writes.map((argv) => argv.slice(4)),
    [
      ['http://192.168.91.1:8069/card/256', '/run/plait/disk/disk', '256', '20'],
      ['http://192.168.91.1:8069/card/0', '/run/plait/disk/disk', '0', '20'],
    ],
  );
  const bad = await writeCard(list, (start) => (start === '256' ? 'b'.repeat(64) : SHA));
  assert.is(bad.answer.measurements.wrong, 1);
});

phases('writes no card that is in use, too small or not there, nor what is no list', async () => {
  const said = async (...args: Parameters<typeof writeCard>) =>
    (await writeCard(...args)).answer.error?.message ?? '';
  const list = `0 50 ${SHA}\n`;
  assert.match(
    await said(list, undefined, { '/proc/cmdline': 'root=/dev/sda2\n' }),
    /was started from its card/,
  );
  assert.match(await said(`0 50 ${SHA}\n512 1 ${SHA}\n`), 'the card has 2 MiB, and the image needs 3');
  for (const odd of ['', '0 0 x', `0 50 ${SHA}\n../../etc 1 ${SHA}\n`])
    assert.match(await said(odd), /the station lists/);
  assert.match(
    (await factory('storage', { files: NETWORK })).answer.error?.message ?? '',
    /started over the network/,
  );
});

phases('refuses what is no phase, and what is no parameter', async () => {
  for (const [line, text] of [
    ['cpuu', /"cpuu" is no phase; there are board, cpu/],
    ['cpu 5', /"5" is no parameter: write NAME=VALUE/],
  ] as const) {
    const { code, out } = await factory(line);
    assert.is(code, 2);
    assert.match(out, text);
  }
  assert.match((await factory('cpu seconds=-1')).answer.error?.message ?? '', 'seconds is "-1"');
});

phases.run();
