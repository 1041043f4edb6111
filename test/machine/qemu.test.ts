// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { loadBoard } from '../../src/image/board.ts';
import { MachineError } from '../../src/machine/errors.ts';
import { Machine, type MachineSpec, qemuArguments } from '../../src/machine/qemu.ts';
import { Cable } from '../../src/machine/wiring.ts';
import { SerialConsole } from '../../src/serial/console.ts';
import { failure } from '../support/failure.ts';
import { suite } from '../support/suite.ts';
import { talkingDisk } from './boot-sector.ts';

const SECONDS = 1_000;

const machines = suite<{ folder: string; spec: MachineSpec }>('Machine');

machines.before.each(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-test-'));
  const image = join(context.folder, 'image');
  writeFileSync(image, talkingDisk('hello\r\n'));
  const { qemu } = await loadBoard('alix');
  context.spec = { name: 'runner', emulator: { ...qemu, memory: 32 }, image };
});
machines.after.each(({ folder }) => rmSync(folder, { recursive: true }));

machines(
  'is off until powered on, loses none of the first bytes, and carries both ways',
  async ({ spec }) => {
    await using(spec, async (machine, console) => {
      await sleep(300);
      assert.equal(console.transcript.lastLines(5), []);
      await machine.powerOn();
      const first = await console.expect('hello\r\n', { timeout: 20 * SECONDS });
      assert.is(first.before, '');
      await console.send('x');
      await console.expect('x', { timeout: 20 * SECONDS });
    });
  },
);

machines('boots again when reset', async ({ spec }) => {
  await using(spec, async (machine, console) => {
    await machine.powerOn();
    await console.expect('hello', { timeout: 20 * SECONDS });
    await machine.reset();
    await console.expect('hello', { timeout: 20 * SECONDS });
  });
});

machines('never alters the image and leaves nothing behind', async ({ spec }) => {
  const before = readFileSync(spec.image);
  const left = traces(spec.name);
  await using(spec, async (machine, console) => {
    await machine.powerOn();
    await console.expect('hello', { timeout: 20 * SECONDS });
    const made = traces(spec.name).filter((name) => !left.includes(name));
    const card = readFileSync(join(tmpdir(), made[0] ?? '', 'card.img'));
    assert.not.ok(card.equals(before), 'the boot sector should have written to the card');
  });
  assert.ok(readFileSync(spec.image).equals(before));
  assert.equal(traces(spec.name), left);
});

machines('writes to the image itself when that is the card', async ({ spec }) => {
  const before = readFileSync(spec.image);
  await using({ ...spec, inPlace: true }, async (machine, console) => {
    await machine.powerOn();
    await console.expect('hello', { timeout: 20 * SECONDS });
  });
  assert.not.ok(readFileSync(spec.image).equals(before));
});

machines('takes down what the board writes to its card', async ({ spec, folder }) => {
  const writeLog = join(folder, 'a,b.log');
  await using({ ...spec, writeLog }, async (machine, console) => {
    await machine.powerOn();
    await console.expect('hello', { timeout: 20 * SECONDS });
  });
  const log = readFileSync(writeLog);
  // The first entry, behind the superblock: the boot sector flushes nothing, so that no entry is counted yet.
  assert.is(log.readBigUInt64LE(0), 0x6a736677736872n);
  assert.ok(log.readBigUInt64LE(512 + 8) > 0n, 'sectors of the first write');
});

machines('joins two machines by a cable whose carrier can be cut', async ({ spec, folder }) => {
  const cable = new Cable(join(folder, 'cable'));
  const plugs = [{ to: 'cable', cable } as const];
  await using({ ...spec, name: 'left', plugs }, async (left) => {
    await using({ ...spec, name: 'right', plugs }, async () => {
      await left.setCarrier(0, false);
      await left.setCarrier(0, true);
    });
  });
});

machines('ends when the signal says so', async ({ spec }) => {
  const controller = new AbortController();
  const machine = await Machine.make(spec, { signal: controller.signal });
  controller.abort();
  assert.equal(await machine.ended, { orderly: false, message: 'The emulator of runner ended by SIGKILL.' });
  await machine.stop();
  assert.instance(await failure(machine.powerOn()), MachineError);
});

machines('does not outlive the process that made it', async ({ spec, folder }) => {
  const program = `
    import { Machine } from ${JSON.stringify(new URL('../../src/machine/qemu.ts', import.meta.url).href)};
    const machine = await Machine.make(${JSON.stringify(spec)});
    process.stdout.write(machine.serial + '\\n');
    setTimeout(() => {}, 60_000);`;
  const file = join(folder, 'maker.mts');
  writeFileSync(file, program);
  const maker = spawn('node', ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const path = await new Promise<string>((resolve, reject) => {
      maker.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
      maker.once('close', () => reject(new Error('the maker ended early')));
    });
    const console = await SerialConsole.open(path, 38400);
    maker.kill('SIGKILL');
    const gone = await Promise.race([console.gone, sleep(10 * SECONDS, undefined, { ref: false })]);
    assert.ok(gone, 'the emulator still holds its pseudo-terminal 10 s after its maker was killed');
    await console.close();
  } finally {
    maker.kill('SIGKILL');
    for (const name of traces(spec.name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
});

machines('says why the emulator refused, and leaves nothing behind', async ({ spec }) => {
  const left = traces(spec.name);
  const error = await failure(Machine.make({ ...spec, emulator: { ...spec.emulator, machine: 'abacus' } }));
  assert.instance(error, MachineError);
  assert.match(error.message, 'The emulator of runner ended with exit code 1. It said:');
  assert.match(error.message, 'unsupported machine type');
  assert.equal(traces(spec.name), left);
});

machines('says that an emulator is not installed', async ({ spec }) => {
  const error = await failure(
    Machine.make({ ...spec, emulator: { ...spec.emulator, binary: 'qemu-system-abacus' } }),
  );
  assert.instance(error, MachineError);
  assert.match(error.message, 'qemu-system-abacus');
});

machines.run();

const emulated = suite<{ spec: MachineSpec }>('qemuArguments');

emulated.before(async (context) => {
  const { qemu } = await loadBoard('alix');
  context.spec = { name: 'runner', emulator: qemu, image: 'image' };
});

emulated('gives a second disk to the second IDE bus, and keeps its file as it is', ({ spec }) => {
  const argv = qemuArguments({ ...spec, disk: '/run/disk' }, 'card', 'control');
  const drive = argv.indexOf('file=/run/disk,format=raw,if=none,id=disk,snapshot=on');
  assert.is(argv[drive - 1], '-drive');
  assert.equal(argv.slice(drive + 1, drive + 3), ['-device', 'ide-hd,drive=disk,bus=ide.1']);
  assert.not.ok(qemuArguments(spec, 'card', 'control').some((word) => word.includes('ide.1')));
});

for (const [disk, device] of [
  ['ide', 'ide-hd,bus=ide.0,drive=card,bootindex=0'],
  ['virtio', 'virtio-blk-pci,drive=card,bootindex=0'],
  ['nvme', 'nvme,serial=plait,drive=card,bootindex=0'],
] as const) {
  emulated(`connects the card by ${disk} when the board says so`, ({ spec }) => {
    const argv = qemuArguments({ ...spec, emulator: { ...spec.emulator, disk } }, 'card', 'control');
    assert.ok(argv.includes(device));
  });
}

emulated('takes UEFI and further devices only where they are asked for', ({ spec }) => {
  const plain = qemuArguments(spec, 'card', 'control');
  assert.not.ok(plain.includes('-bios') || plain.includes('VGA'));
  const emulator = { ...spec.emulator, devices: ['VGA'] };
  const argv = qemuArguments({ ...spec, emulator, firmware: 'efi' }, 'card', 'control');
  assert.is(argv[argv.indexOf('-bios') + 1], '/usr/share/ovmf/OVMF.fd');
  assert.is(argv[argv.indexOf('VGA') - 1], '-device');
});

emulated.run();

async function using(
  spec: MachineSpec,
  body: (machine: Machine, console: SerialConsole) => Promise<void>,
): Promise<void> {
  const machine = await Machine.make(spec);
  const console = await SerialConsole.open(machine.serial, 38400);
  try {
    await body(machine, console);
  } finally {
    await console.close();
    await machine.stop();
  }
}

function traces(name: string): string[] {
  return readdirSync(tmpdir()).filter((entry) => entry.startsWith(`plait-${name}-`));
}
