// SPDX-License-Identifier: MIT
/** The phases of the factory test that an emulated board can take, on the shipped image, as the station asks for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import type { BoardAnswer } from '../../src/agent/factory/answer.ts';
import { repository } from '../../src/cli/project.ts';
import { calibrate } from '../../src/factory/calibration/measure.ts';
import { suite } from '../support/suite.ts';
import { Guest } from './guest.ts';
import { shippedImage } from './images.ts';

interface TestList {
  readonly phases: Record<string, { readonly measure: Record<string, unknown> }>;
}

const list = load(readFileSync(join(repository, 'board/alix/factory.yaml'), 'utf8')) as TestList;

/** What is asked, and what must be seen of an emulated board; the emulator has its own CPU and disk. */
const PHASES: readonly { ask: string; sees: Record<string, (value: unknown) => boolean> }[] = [
  { ask: 'cpu seconds=1', sees: { family: (value) => Number(value) >= 5, wrong: (value) => value === 0 } },
  { ask: 'macs vendor=52:54:00', sees: { addresses: (value) => value === 3 } },
  {
    ask: 'ram passes=1',
    sees: {
      total: (value) => Number(value) >= 230,
      tested: (value) => Number(value) >= 64,
      wrong: (value) => value === 0,
    },
  },
  {
    ask: 'storage read=16 writes=20',
    sees: {
      model: (value) => value === 'QEMU HARDDISK',
      size: (value) => Number(value) > 64,
      read_rate: (value) => Number(value) > 0,
      write_wrong: (value) => value === 0,
      sync_p99: (value) => Number(value) > 0,
      ata_errors: (value) => value === 0,
    },
  },
  {
    ask: 'rtc seconds=4',
    // The emulator may stand still for a while, when this machine has other things to do.
    sees: { elapsed: (value) => Number(value) >= 4, error: (value) => Math.abs(Number(value)) < 1 },
  },
  { ask: 'pci', sees: { devices: (value) => Number(value) >= 4 } },
];

const factory = suite<{ board: Guest }>('plaitctl factory on an emulated board');

factory.before(async (context) => {
  const image = await shippedImage('alix');
  context.board = await Guest.start({ name: 'factory', image, plugs: [{ to: 'nothing' }] });
  await context.board.boot();
});
factory.after(async ({ board }) => {
  await board?.stop();
});

for (const { ask, sees } of PHASES)
  factory(`plaitctl factory ${ask}`, async ({ board }) => {
    const text = await board.ask(`plaitctl factory ${ask} --json`, 180_000);
    const answer = JSON.parse(text) as BoardAnswer;
    const [phase = ''] = ask.split(' ');
    assert.is(answer.phase, phase);
    assert.equal(
      Object.keys(list.phases[phase]?.measure ?? {}).filter((name) => !(name in answer.measurements)),
      [],
      `measurements that the board's list names and that are not there: ${text}`,
    );
    for (const [name, good] of Object.entries(sees))
      assert.ok(good(answer.measurements[name]), `${name}: ${text}`);
  });

factory('plait factory calibrate measures it, and leaves nothing behind', async ({ board }) => {
  const state = 'ip -o link; sysctl net.ipv4.ip_forward; lsmod | grep calibrate';
  const before = (await board.shell.run(state)).output;
  const found = await calibrate(board.shell, {
    software: 'plait test',
    taken: new Date('2026-12-01T10:00:00Z'),
    say: () => {},
  });
  const text = JSON.stringify(found, null, 1);
  assert.is((await board.shell.run(state)).output, before);
  assert.is(found.board.name, 'alix');
  assert.match(found.board.kernel.release, /^6\./);
  assert.match(found.clock.source, /^(?:tsc|pit|acpi_pm|jiffies)$/);
  assert.is(found.clock.timer.device, 'pit', text);
  assert.ok(Number(found.clock.timer.shortestNs) > 0, text);
  const { least, median, p99, most } = found.clock.timer.lateNs;
  assert.ok(least <= median && median <= p99 && p99 <= most, text);
  const [short, , long] = found.cipher.messages;
  for (const way of ['seal', 'open'] as const) {
    assert.ok(Number(found.cipher[way]?.cyclesPerByte) > 1, text);
    assert.ok(Number(long?.[way].ns) > 3 * Number(short?.[way].ns), text);
  }
  // A scalar multiplication is thousands of multiplications of 255 bits.
  assert.ok(found.x25519.agree.ns > 10 * Number(short?.seal.ns), text);
  for (const [index, forwarded] of found.packets.forwarded.entries()) {
    const plaited = found.packets.plaited[index];
    // Beside the same route there are two headers and a choice.
    assert.ok(Number(plaited?.each.ns) > 1.2 * forwarded.each.ns, text);
    assert.ok(forwarded.perSecond > 1000, text);
  }
});

factory('packets that do not leave as they should are no measurement', async ({ board }) => {
  const load = 'modprobe plait_calibrate run=packets in=eth0 out=eth1 bytes=1400';
  const { exitCode } = await board.shell.run(load);
  assert.is.not(exitCode, 0);
  // The console's own output leaves out lines of the kernel.
  const said = await board.ask("dmesg | sed -n 's/.*plait_calibrate: //p'");
  assert.match(said, /^of 7104 packets 0 left by eth1$/m);
});

factory('an unknown phase is refused', async ({ board }) => {
  const { output, exitCode } = await board.shell.run('plaitctl factory nothing --json');
  assert.is.not(exitCode, 0);
  assert.match(output, /is no phase; there are /);
});

factory.run();
