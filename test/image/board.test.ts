// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards, loadBoard, parseBoard } from '../../src/image/board.ts';
import { UsageError } from '../../src/image/errors.ts';

const loading = suite('loadBoard');

loading('loads every board of this repository, with fragments that are there', async () => {
  const names = await listBoards();
  assert.ok(['alix', 'apu', 'pc'].every((name) => names.includes(name)));
  const boards = await Promise.all(names.map((name) => loadBoard(name)));
  for (const board of boards) for (const path of board.kernel.fragments) assert.ok(existsSync(path), path);
  const signatures = new Set(boards.map((board) => board.disk.signature));
  assert.is(signatures.size, boards.length, 'no two boards have the same disk signature');
});

loading('refuses an unknown board with the nearest one and the list', async () => {
  try {
    await loadBoard('alx');
  } catch (error) {
    assert.instance(error, UsageError);
    assert.match((error as Error).message, /unknown board 'alx'; did you mean 'alix'\? .*alix, apu/);
    return;
  }
  assert.unreachable('must have failed');
});

loading('does not take a path for a board', async () => {
  for (const name of ['../board/alix', '', '.']) {
    const refused = await loadBoard(name).then(
      () => false,
      (error) => error instanceof UsageError,
    );
    assert.ok(refused, name);
  }
});

loading.run();

const dir = join(import.meta.dirname, '../../board/alix');
const good = readFileSync(join(dir, 'board.yaml'), 'utf8');
const parsing = suite('parseBoard');

/** Expects the ALIX's board.yaml to be refused after a replacement. */
function refuses(what: string, from: string | RegExp, to: string, message: string): void {
  parsing(`refuses ${what}`, () => {
    const text = good.replace(from, to);
    assert.is.not(text, good, 'the replacement must change something');
    try {
      parseBoard(text, 'alix', dir);
    } catch (error) {
      assert.instance(error, UsageError);
      assert.is((error as Error).message, `board/alix/board.yaml: ${message}`);
      return;
    }
    assert.unreachable('must have been refused');
  });
}

refuses('an unknown key', 'march:', 'marsh: x\n  march:', "cpu.marsh: unknown key; did you mean 'march'?");
refuses('a missing key', /title: .*\n/, '', 'title is missing; it must be a text');
refuses(
  'a value of the wrong kind',
  'speed: 38400',
  'speed: fast',
  'console.speed is "fast"; it must be one of 9600, 19200, 38400, 57600, 115200',
);
refuses(
  'an instruction group that the gate does not know',
  '[sse,',
  '[ssse,',
  'cpu.forbid is "ssse"; it must be a list of sse, avx, nopl, endbr',
);
refuses(
  'a fragment outside the boards',
  'router.config',
  '../x',
  'kernel.fragments is "../x"; it must be a list of files below board/',
);
refuses(
  'an empty disk signature',
  '504c4131',
  '00000000',
  'disk.signature is "00000000"; it must be eight hexadecimal digits in quotes, not all zero',
);
refuses(
  'a list where a mapping belongs',
  /cpu:\n.*?kernel:/s,
  'cpu: []\nkernel:',
  'cpu is []; it must be a mapping of keys to values',
);

refuses(
  'UEFI without a GPT',
  'firmware: [bios]',
  'firmware: [bios, efi]',
  `disk.table is "msdos"; it must be gpt, since 'firmware' has efi`,
);
refuses(
  'firmware that nobody has',
  'firmware: [bios]',
  'firmware: [uefi]',
  'firmware is "uefi"; it must be a list of some of bios, efi, each once',
);
refuses(
  'firmware named twice',
  'firmware: [bios]',
  'firmware: [bios, bios]',
  'firmware is ["bios","bios"]; it must be a list of some of bios, efi, each once',
);
refuses(
  'no firmware',
  'firmware: [bios]',
  'firmware: []',
  'firmware is []; it must be a list of some of bios, efi, each once',
);
refuses(
  'formats without the disk itself',
  'formats: [img]',
  'formats: [qcow2]',
  'disk.formats is ["qcow2"]; it must be a list with img in it',
);
refuses(
  'a screen that is maybe there',
  'screen: false',
  'screen: 1',
  'console.screen is 1; it must be true or false',
);
refuses(
  'a disk that QEMU cannot connect',
  'disk: ide',
  'disk: scsi',
  'qemu.disk is "scsi"; it must be one of ide, virtio, nvme',
);

parsing('says where YAML is broken', () => {
  try {
    parseBoard('title: [', 'alix', dir);
  } catch (error) {
    assert.instance(error, UsageError);
    assert.match((error as Error).message, /^board\/alix\/board\.yaml: not valid YAML: /);
    return;
  }
  assert.unreachable('must have been refused');
});

parsing.run();
