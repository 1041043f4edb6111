// SPDX-License-Identifier: MIT
/** `plait flash` on real block devices: loop devices, which refuse what other disks refuse. Needs root, as the lab does not. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../../src/cli/run.ts';
import { MIB } from '../../src/flash/sectors.ts';
import { needs } from '../image/needs.ts';
import { scratch } from '../image/scratch.ts';
import { suite } from '../support/suite.ts';
import { imageBytes, KEY, MAPPED, publish } from './images.ts';

await needs('mount', 'e2fsprogs', 'xz-utils');

interface Context {
  folder: string;
  image: Buffer;
  raw: string;
  packed: string;
  key: string;
  backing: string;
  device: string;
}

const SIZE = 96 * MIB;
const cards = suite<Context>('plait flash, on loop devices');

cards.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-flash-test-'));
  context.image = imageBytes();
  Object.assign(context, await publish(join(context.folder, 'test'), context.image));
  context.backing = join(context.folder, 'card');
  writeFileSync(context.backing, '');
  truncateSync(context.backing, SIZE);
  context.device = execFileSync('losetup', ['--find', '--show', context.backing]).toString().trim();
});
cards.before.each(({ backing }) => {
  // An empty card again.
  truncateSync(backing, 0);
  truncateSync(backing, SIZE);
});
cards.after(({ folder, device }) => {
  spawnSync('umount', ['--all-targets', device]);
  execFileSync('losetup', ['--detach', device]);
  rmSync(folder, { recursive: true });
});

/** A folder of keys in which those of the test images are trusted. */
const KEYS = scratch();
mkdirSync(join(KEYS, 'trusted'));
writeFileSync(join(KEYS, 'trusted/test.pem'), KEY.publicPem);

const flash = (...words: string[]) => flashWith({ PLAIT_KEYS: KEYS }, ...words);

/** The command in this process: Node starts slowly. */
const flashWith = async (env: Record<string, string>, ...words: string[]) => {
  Object.assign(process.env, env);
  const said = { stdout: '', stderr: '' };
  const { log, error } = console;
  console.log = (text: string) => {
    said.stdout += `${text}\n`;
  };
  console.error = (text: string) => {
    said.stderr += `${text}\n`;
  };
  try {
    return { status: await run(['flash', ...words]), ...said };
  } finally {
    Object.assign(console, { log, error });
  }
};

/** Nothing was ever written to the file behind a loop device. */
const untouched = (backing: string) => statSync(backing).blocks === 0;

cards(
  'writes the packed image and reads it back; again it writes nothing',
  async ({ packed, device, backing, image }) => {
    const first = await flash('--image', packed, '--yes', device);
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stdout, new RegExp(`^${device}: PASS, written and read back`, 'm'));
    const card = readFileSync(backing);
    for (const { start, length } of MAPPED)
      assert.ok(card.subarray(start, start + length).equals(image.subarray(start, start + length)));
    const again = await flash('--image', packed, '--yes', device);
    assert.match(again.stdout, /PASS, held the image already; nothing was written/);
  },
);

cards('compares what the card holds, not what the page cache does', async ({ raw, device, backing }) => {
  assert.is((await flash('--image', raw, '--yes', device)).status, 0);
  const file = openSync(backing, 'r+');
  writeSync(file, Buffer.alloc(512, 0xff), 0, 512, MIB + 9 * 512);
  const verified = await flash('--image', raw, '--verify-only', '--json', device);
  assert.is(verified.status, 1);
  const verdict = JSON.parse(verified.stdout.trim().split('\n').at(-1) ?? '{}');
  assert.equal(verdict.faults, [{ kind: 'reads FF', lba: MIB / 512 + 9, count: 1 }]);
});

cards('unmounts what a desktop has mounted, as often as it is', async ({ raw, device, folder }) => {
  execFileSync('mkfs.ext4', ['-q', device]);
  for (const place of ['a', 'b']) {
    execFileSync('mkdir', [join(folder, place)]);
    execFileSync('mount', [device, join(folder, place)]);
  }
  const mounted = await flash('--image', raw, '--verify-only', device);
  assert.is(mounted.status, 1);
  assert.match(mounted.stdout, /is in use: mounted at .*a, mounted at .*b/);
  const written = await flash('--image', raw, '--yes', device);
  assert.is(written.status, 0, written.stdout + written.stderr);
  assert.not.match(readFileSync('/proc/self/mountinfo', 'utf8'), device);
});

cards('asks, and writes nothing without an answer', async ({ raw, device, backing }) => {
  const { status, stderr } = await flash('--image', raw, device);
  assert.is(status, 2);
  assert.match(stderr, /All that is on it is lost\. Say --yes/);
  assert.ok(untouched(backing));
});

cards('refuses names that are no card, with what is right', async ({ raw, device, folder }) => {
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [[join(folder, 'none')], /there is no .*none/],
    [['/dev/null'], /neither a disk nor a file/],
    [[device, device], /is named twice/],
    [['--full', '--verify-only', device], /--verify-only writes nothing/],
    [['--config', join(folder, 'none.yaml'), device], /--config: there is no file/],
  ];
  for (const [words, message] of wrong) {
    const { status, stderr } = await flash('--image', raw, '--yes', ...words);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  }
});

cards(
  'refuses a configuration that is not valid, before anything is written',
  async ({ raw, device, folder, backing }) => {
    const config = join(folder, 'plait.yaml');
    writeFileSync(config, 'version: 1\nlan: { ports: [eth0], adress: 192.168.1.1/24 }\n');
    const { status, stderr } = await flash('--image', raw, '--yes', '--config', config, device);
    assert.is(status, 2);
    assert.match(stderr, /--config: .* is not valid:\n.*adress/);
    assert.ok(untouched(backing));
  },
);

cards('writes a file that stands for a card', async ({ raw, folder, image }) => {
  const file = join(folder, 'emulated');
  writeFileSync(file, '');
  truncateSync(file, SIZE);
  const { status, stderr } = await flash('--image', raw, '--yes', file);
  assert.is(status, 0, stderr);
  assert.ok(readFileSync(file).subarray(0, 512).equals(image.subarray(0, 512)));
});

cards(
  'refuses an image by another key, and one of another board, before anything is written',
  async ({ raw, key, device, backing }) => {
    const none = { PLAIT_KEYS: scratch() };
    const wrong: readonly (readonly [Record<string, string>, string[], RegExp])[] = [
      [none, [raw], /this user has no key to check its signature with/],
      [none, ['--board', 'apu', '--key', key, raw], /is the image of board alix, not of apu \(--board\)/],
      [none, ['--key', raw, raw], /is not a public key in PEM form/],
      [none, ['--image', raw, `${raw}.xz`], /two images are named/],
    ];
    for (const [env, words, message] of wrong) {
      const { status, stderr } = await flashWith(env, '--yes', ...words, device);
      assert.is(status, 2, stderr);
      assert.match(stderr, message);
    }
    assert.ok(untouched(backing));
  },
);

cards(
  'takes the image as the first name, and says by whose key it is signed',
  async ({ packed, key, folder }) => {
    const file = join(folder, 'emulated');
    writeFileSync(file, '');
    truncateSync(file, SIZE);
    const none = { PLAIT_KEYS: scratch() };
    const named = await flashWith(none, packed, '--board', 'alix', '--key', key, '--yes', file);
    assert.is(named.status, 0, named.stderr);
    assert.match(
      named.stderr,
      /plait-alix\.img\.xz, board alix, Plait 0\.1\.0, signed with key [0-9a-f]{16} \(.*update\.pem\)/,
    );
    const unsigned = await flashWith(none, packed, '--unsigned', '--verify-only', file);
    assert.is(unsigned.status, 0, unsigned.stderr);
    assert.match(unsigned.stderr, /SIGNATURE NOT CHECKED/);
  },
);

cards.run();
