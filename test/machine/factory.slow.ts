// SPDX-License-Identifier: MIT
/** The phases of the factory test that an emulated board can take, on the shipped image, as the station asks for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load as loadYaml } from 'js-yaml';
import * as assert from 'uvu/assert';
import type { BoardAnswer } from '../../src/agent/factory/answer.ts';
import { repository } from '../../src/cli/project.ts';
import { calibrate } from '../../src/factory/calibration/measure.ts';
import { askBoard, seenIn } from '../../src/factory/station/board-answer.ts';
import { load } from '../../src/factory/station/load.ts';
import type { PhaseContext } from '../../src/factory/station/phase.ts';
import { RUNNERS } from '../../src/factory/station/phases.ts';
import { parseTestList } from '../../src/factory/station/test-list.ts';
import type { Plug } from '../../src/machine/wiring.ts';
import { suite } from '../support/suite.ts';
import { Guest, using } from './guest.ts';
import { type ShippedImage, shippedImage } from './images.ts';

interface TestList {
  readonly phases: Record<string, { readonly measure: Record<string, unknown> }>;
}

const listText = readFileSync(join(repository, 'board/alix/factory.yaml'), 'utf8');
const list = loadYaml(listText) as TestList;

/** What is asked, and what must be seen of an emulated board; the emulator has its own CPU and disk. */
const PHASES: readonly {
  ask: string;
  sees: Record<string, (value: unknown) => boolean>;
  /** What the list names, and only the station or other hardware adds. */
  without?: readonly string[];
}[] = [
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
  {
    ask: 'nics pairs=eth0-eth1 frames=500',
    sees: {
      links: (value) => value === 2,
      sent: (value) => value === 1000,
      lost: (value) => value === 0,
      changed: (value) => value === 0,
      receive_errors: (value) => value === 0,
      slowest: (value) => Number(value) >= 100,
    },
  },
  {
    ask: 'load seconds=15 pairs=eth0-eth1',
    without: ['minutes', 'restarts', 'silent', 'hottest'],
    sees: {
      seconds: (value) => Number(value) >= 15,
      memory_passes: (value) => Number(value) >= 1,
      memory_tested: (value) => Number(value) >= 64,
      memory_wrong: (value) => value === 0,
      cpu_rounds: (value) => Number(value) >= 1,
      cpu_wrong: (value) => value === 0,
      disk_read: (value) => Number(value) >= 32,
      disk_errors: (value) => value === 0,
      write_wrong: (value) => value === 0,
      frames: (value) => Number(value) >= 1000,
      lost: (value) => value === 0,
      changed: (value) => value === 0,
      ata_errors: (value) => value === 0,
      kernel_errors: (value) => value === 0,
      sensors: (value) => value === 0,
    },
  },
  { ask: 'pci', sees: { devices: (value) => Number(value) >= 4 } },
];

/** eth0 to eth1, as by the cable of the jig. */
const CABLE: Plug[] = [{ to: 'port', port: 1 }, { to: 'port', port: 0 }, { to: 'nothing' }];

const factory = suite<{ board: Guest; image: ShippedImage }>('plaitctl factory on an emulated board');

factory.before(async (context) => {
  const image = await shippedImage('alix');
  context.image = image;
  context.board = await Guest.start({ name: 'factory', image, plugs: CABLE });
  await context.board.boot();
});
factory.after(async ({ board }) => {
  await board?.stop();
});

for (const { ask, sees, without = [] } of PHASES)
  factory(`plaitctl factory ${ask}`, async ({ board }) => {
    const text = await board.ask(`plaitctl factory ${ask} --json`, 180_000);
    const answer = JSON.parse(text) as BoardAnswer;
    const [phase = ''] = ask.split(' ');
    assert.is(answer.phase, phase);
    assert.equal(
      Object.keys(list.phases[phase]?.measure ?? {}).filter(
        (name) => !(name in answer.measurements) && !without.includes(name),
      ),
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

factory('a burn-in of a minute goes on after a reset in its midst', async ({ board }) => {
  const planned = parseTestList(listText, 'alix', 'burn-in').phases.find(({ name }) => name === 'load');
  if (planned === undefined) throw new Error('the list has no load');
  const parameters = { ...planned.parameters, minutes: 1, slice: 20 };
  const ask = async () => seenIn(await askBoard(board.shell, 'board', {}, { timeout: 60_000 }));
  let cut = new AbortController();
  let kept = 0;
  const before = await ask();
  const { measured, seen } = await load({
    ...{ shell: board.shell, phase: { ...planned, parameters }, port: 'emulated', board: before },
    ...{
      person: { tell: () => {}, ask: () => Promise.reject(new Error('nobody is asked')) },
      progress: undefined,
    },
    identity: { serial: '1', macs: [...before.macs] },
    registry: { claim: async () => [] },
    restarted: () => Promise.reject(new Error('nobody asks for a restart')),
    limits: () => ({ timeout: 300_000 }),
    whenRestarted: () => {
      cut = new AbortController();
      return { signal: cut.signal, stop: () => {} };
    },
    returned: async () => {
      await board.boot();
      return { shell: board.shell, seen: await ask() };
    },
    // In the middle of the second slice.
    keep() {
      if (++kept === 1)
        setTimeout(async () => {
          await board.machine.reset();
          cut.abort();
        }, 8_000);
    },
  });
  const text = JSON.stringify(measured);
  assert.is.not(seen.boot, before.boot);
  assert.is(measured.restarts, 1, text);
  assert.ok(Number(measured.minutes) >= 1, text);
  for (const name of ['memory_wrong', 'cpu_wrong', 'disk_errors', 'write_wrong', 'lost', 'kernel_errors'])
    assert.is(measured[name], 0, `${name}: ${text}`);
  assert.ok(Number(measured.slices) >= 2, text);
});

/**
 * Seconds in which the quick list is through, from power on, but for what waits for hands and for a watchdog. Counted is what the
 * emulator computes, and what the board waits: other work of this machine is not the board's.
 */
const QUICK = 90;

factory('the quick list takes at most 90 s', async ({ image }) => {
  const quick = parseTestList(listText, 'alix', 'quick');
  const times: Record<string, number> = {};
  const timed = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const found = await act();
    times[name] = Math.round((performance.now() - began) / 100) / 10;
    return found;
  };
  const limits = () => ({ timeout: 180_000 });
  // One that was off: the emulator starts a board three times as slowly whose memory was full before.
  const began = performance.now();
  await using({ name: 'factory-quick', image, plugs: CABLE }, async (board) => {
    await timed('start', () => board.boot());
    for (const phase of quick.phases) {
      const { kind } = phase.facts;
      const context = { shell: board.shell, phase, limits, board: { boot: '', version: '', macs: [] } };
      if (kind === 'board')
        await timed(phase.name, () => askBoard(board.shell, phase.name, phase.parameters, limits()));
      else if (kind === 'serial') {
        const { measured } = await timed(phase.name, () =>
          RUNNERS.serial(context as unknown as PhaseContext),
        );
        assert.is(measured.wrong, 0);
      }
    }
    const took = Math.round((performance.now() - began) / 1000);
    const waited = Number(await board.ask("cut -d' ' -f2 /proc/uptime"));
    const counted = Math.round(board.machine.cpuSeconds() + waited);
    console.log(`quick list: ${counted} s counted, ${took} s took ${JSON.stringify(times)}`);
    assert.ok(counted > 30, 'it lasts for some time');
    assert.ok(counted <= QUICK, `${counted} s, ${JSON.stringify(times)}`);
  });
  assert.equal(
    quick.phases.map(({ name }) => name).filter((name) => !(name in times)),
    ['firmware', 'leds', 'button', 'watchdog', 'finalize'],
  );
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
