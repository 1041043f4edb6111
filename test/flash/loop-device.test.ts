// SPDX-License-Identifier: MIT
/** `plait flash` on real block devices: loop devices, which refuse what other disks refuse. Needs root, as the lab does not. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';
import { MIB } from '../../src/flash/sectors.ts';
import { needs } from '../image/needs.ts';
import { imageBytes, MAPPED, publish } from './images.ts';

await needs('mount', 'e2fsprogs', 'xz-utils');

interface Context {
  folder: string;
  image: Buffer;
  raw: string;
  packed: string;
  backing: string;
  device: string;
}

const SIZE = 96 * MIB;
const cards = suite<Context>('plait flash, on loop devices');

cards.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-flash-test-'));
  context.image = imageBytes();
  Object.assign(context, publish(join(context.folder, 'test'), context.image));
  context.backing = join(context.folder, 'card');
  writeFileSync(context.backing, '');
  truncateSync(context.backing, SIZE);
  context.device = execFileSync('losetup', ['--find', '--show', context.backing]).toString().trim();
});
cards.after.each(({ folder, device }) => {
  spawnSync('umount', ['--all-targets', device]);
  execFileSync('losetup', ['--detach', device]);
  rmSync(folder, { recursive: true });
});

const flash = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    'node',
    [join(repository, 'bin/plait.mjs'), 'flash', ...words],
    {
      timeout: 120_000,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
};

cards(
  'writes the packed image and reads it back; again it writes nothing',
  ({ packed, device, backing, image }) => {
    const first = flash('--image', packed, '--yes', device);
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stdout, new RegExp(`^${device}: PASS, written and read back`, 'm'));
    const card = readFileSync(backing);
    for (const { start, length } of MAPPED)
      assert.ok(card.subarray(start, start + length).equals(image.subarray(start, start + length)));
    const again = flash('--image', packed, '--yes', device);
    assert.match(again.stdout, /PASS, held the image already; nothing was written/);
  },
);

cards('compares what the card holds, not what the page cache does', ({ raw, device, backing }) => {
  assert.is(flash('--image', raw, '--yes', device).status, 0);
  const file = openSync(backing, 'r+');
  writeSync(file, Buffer.alloc(512, 0xff), 0, 512, MIB + 9 * 512);
  const verified = flash('--image', raw, '--verify-only', '--json', device);
  assert.is(verified.status, 1);
  const verdict = JSON.parse(verified.stdout.trim().split('\n').at(-1) ?? '{}');
  assert.equal(verdict.faults, [{ kind: 'reads FF', lba: MIB / 512 + 9, count: 1 }]);
});

cards('unmounts what a desktop has mounted, as often as it is', ({ raw, device, folder }) => {
  execFileSync('mkfs.ext4', ['-q', device]);
  for (const place of ['a', 'b']) {
    execFileSync('mkdir', [join(folder, place)]);
    execFileSync('mount', [device, join(folder, place)]);
  }
  const mounted = flash('--image', raw, '--verify-only', device);
  assert.is(mounted.status, 1);
  assert.match(mounted.stdout, /is in use: mounted at .*a, mounted at .*b/);
  const written = flash('--image', raw, '--yes', device);
  assert.is(written.status, 0, written.stdout + written.stderr);
  assert.not.match(readFileSync('/proc/self/mountinfo', 'utf8'), device);
});

cards('asks, and writes nothing without an answer', ({ raw, device, backing }) => {
  const { status, stderr } = flash('--image', raw, device);
  assert.is(status, 2);
  assert.match(stderr, /All that is on it is lost\. Say --yes/);
  assert.ok(readFileSync(backing).every((byte) => byte === 0));
});

cards('refuses names that are no card, with what is right', ({ raw, device, folder }) => {
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [[join(folder, 'none')], /there is no .*none/],
    [['/dev/null'], /neither a disk nor a file/],
    [[device, device], /is named twice/],
    [['--full', '--verify-only', device], /--verify-only writes nothing/],
    [['--config', join(folder, 'none.yaml'), device], /--config: there is no file/],
  ];
  for (const [words, message] of wrong) {
    const { status, stderr } = flash('--image', raw, '--yes', ...words);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  }
});

cards(
  'refuses a configuration that is not valid, before anything is written',
  ({ raw, device, folder, backing }) => {
    const config = join(folder, 'plait.yaml');
    writeFileSync(config, 'version: 1\nlan: { ports: [eth0], adress: 192.168.1.1/24 }\n');
    const { status, stderr } = flash('--image', raw, '--yes', '--config', config, device);
    assert.is(status, 2);
    assert.match(stderr, /--config: .* is not valid:\n.*adress/);
    assert.ok(readFileSync(backing).every((byte) => byte === 0));
  },
);

cards('writes a file that stands for a card', ({ raw, folder, image }) => {
  const file = join(folder, 'emulated');
  writeFileSync(file, '');
  truncateSync(file, SIZE);
  const { status, stderr } = flash('--image', raw, '--yes', file);
  assert.is(status, 0, stderr);
  assert.ok(readFileSync(file).subarray(0, 512).equals(image.subarray(0, 512)));
});

cards.run();
