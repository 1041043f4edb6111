// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Board, loadBoard } from '../../src/image/board.ts';
import { verifyBundle } from '../../src/image/bundle/bundle.ts';
import { fingerprint } from '../../src/image/bundle/public-key.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { StageCache } from '../../src/image/cache.ts';
import { cacheDir } from '../../src/image/cache-dir.ts';
import { readLayout } from '../../src/image/disk/layout.ts';
import { imageStages } from '../../src/image/image-stages.ts';
import type { Manifest } from '../../src/image/reports/manifest.ts';
import { runStages } from '../../src/image/runner.ts';
import { Sources } from '../../src/image/sources/sources.ts';
import { needs } from './needs.ts';
import { type FakeParts, fakeParts } from './parts.ts';
import { scratch } from './scratch.ts';

await needs(
  ...[
    'binutils',
    'bmap-tools',
    'dosfstools',
    'e2fsprogs',
    'gdisk',
    'mtools',
    'qemu-utils',
    'squashfs-tools',
    'xz-utils',
  ],
);

// The key is the user's; tests have their own.
const keyFolder = scratch();
const successor = await signingKey(scratch());
const keys = {
  key: await signingKey(keyFolder),
  trusted: [{ origin: 'the next key', pem: successor.publicPem }],
};
process.umask(0o022);

const alix = await loadBoard('alix');

/** Builds the image of small parts in a cache of its own; gives a function from file name to path. */
async function build(board: Board, parts: FakeParts = {}, epoch = 1_700_000_000) {
  const root = scratch();
  const sources = new Sources({ cache: cacheDir(), signal: new AbortController().signal });
  const context = { sources, keys, version: '0.1.0', minVersion: '0.0.9', engine: 'fake' };
  const stages = await imageStages(board, fakeParts(parts), context);
  const results = await runStages(stages, {
    cache: new StageCache(join(root, 'cache')),
    logs: join(root, 'logs'),
    epoch,
  });
  const files = new Map<string, string>();
  for (const { id } of stages) {
    const out = results.get(id)?.out ?? '';
    for (const name of await readdir(out)) files.set(name, join(out, name));
  }
  return {
    files,
    path: (name: string) => files.get(name) ?? assert.unreachable(`${name} was not made`) ?? '',
  };
}

const first = await build(alix);
const manifest = JSON.parse(readFileSync(first.path('manifest.json'), 'utf8')) as Manifest;
const layout = await readLayout(alix);

const board = await loadBoard('pc');
const made = await build(board);
const disk = made.path('plait-pc.img');
const pcLayout = await readLayout(board);

const image = suite('image of a board');

image('is published with bundle, key, map and reports', () => {
  assert.equal([...first.files.keys()].sort(), [
    'licenses',
    'manifest.json',
    'plait-alix-pxe.cpio',
    'plait-alix.bmap',
    'plait-alix.img',
    'plait-alix.img.xz',
    'plait-alix.swu',
    'provenance.intoto.jsonl',
    'sbom.cdx.json',
    'update.pem',
    'vex.cdx.json',
  ]);
});

image('is byte for byte the same from another empty cache', async () => {
  const second = await build(alix);
  for (const name of [
    'plait-alix.img',
    'plait-alix.img.xz',
    'plait-alix-pxe.cpio',
    'plait-alix.swu',
    'plait-alix.bmap',
    'sbom.cdx.json',
    'vex.cdx.json',
    'provenance.intoto.jsonl',
  ])
    assert.ok(readFileSync(first.path(name)).equals(readFileSync(second.path(name))), name);
});

image('has another date when told another SOURCE_DATE_EPOCH', async () => {
  const later = await build(alix, {}, 1_700_000_001);
  for (const name of ['plait-alix.img', 'plait-alix.swu'])
    assert.not(readFileSync(first.path(name)).equals(readFileSync(later.path(name))), name);
});

image('unpacks from the .xz to the same bytes', () => {
  const unpacked = execFileSync('xz', ['--decompress', '--stdout', first.path('plait-alix.img.xz')], {
    maxBuffer: 2 ** 28,
  });
  assert.ok(unpacked.equals(readFileSync(first.path('plait-alix.img'))));
});

image('fits the smallest card and is as large as its partitions', () => {
  const { size } = statSync(first.path('plait-alix.img'));
  assert.is(size, layout.sectors * 512);
  assert.ok(size <= 244 * 2 ** 20);
});

image('holds the same squashfs in both slots, and the bundle holds it too', () => {
  const disk = readFileSync(first.path('plait-alix.img'));
  const slot = (name: 'slot-a' | 'slot-b') => {
    const start = layout.partitions[name].start * 512;
    return disk.subarray(start, start + manifest.slot.size);
  };
  assert.is(slot('slot-a').toString('latin1', 0, 4), 'hsqs');
  assert.ok(slot('slot-a').equals(slot('slot-b')));
  const bundle = readFileSync(first.path('plait-alix.swu'));
  assert.ok(bundle.includes(slot('slot-a')));
  const facts = verifyBundle(bundle, readFileSync(first.path('update.pem'), 'utf8'));
  assert.equal([facts.hardware, facts.version], ['alix', '0.1.0']);
});

image('has a data file system that is sound and can grow to 32 GB', () => {
  const disk = readFileSync(first.path('plait-alix.img'));
  const data = join(scratch(), 'data');
  const { start, sectors } = layout.partitions.data;
  writeFileSync(data, disk.subarray(start * 512, (start + sectors) * 512));
  execFileSync('e2fsck', ['-f', '-n', data], { stdio: 'pipe' });
  execFileSync('truncate', ['--size=32G', data]);
  execFileSync('resize2fs', [data], { stdio: 'pipe' });
  execFileSync('e2fsck', ['-f', '-n', data], { stdio: 'pipe' });
});

image('belongs to root throughout, and carries the public keys and the board’s facts', () => {
  const slot = join(scratch(), 'slot');
  const disk = readFileSync(first.path('plait-alix.img'));
  const { start } = layout.partitions['slot-a'];
  writeFileSync(slot, disk.subarray(start * 512, start * 512 + manifest.slot.size));
  const list = execFileSync('unsquashfs', ['-lln', slot]).toString();
  for (const line of list.split('\n').filter((each) => each.includes('squashfs-root/')))
    assert.match(line, /^\S+ 0\/0 /, line);
  assert.match(list, /^crw------- 0\/0 +5, +1 .* squashfs-root\/dev\/console$/m);
  assert.match(list, /^drwx------ 0\/0 .* squashfs-root\/root$/m);
  const cat = (path: string) => execFileSync('unsquashfs', ['-cat', slot, path]).toString();
  for (const pem of [readFileSync(first.path('update.pem'), 'utf8'), successor.publicPem])
    assert.is(cat(`etc/plait/update-keys/${fingerprint(pem).slice(0, 16)}.pem`), pem);
  const { board, minVersion } = JSON.parse(cat('etc/plait/board.json'));
  assert.equal([board, minVersion], ['alix', '0.0.9']);
  assert.match(
    cat('etc/plait-release'),
    new RegExp(`^board=alix\nversion=0.1.0\nbuild=${manifest.buildId}\n$`),
  );
});

image('never carries the private key', () => {
  const key = readFileSync(join(keyFolder, 'update.key'), 'latin1').split('\n')[1] ?? '';
  for (const [name, path] of first.files)
    if (statSync(path).isFile()) assert.not(readFileSync(path, 'latin1').includes(key), name);
});

image('larger than a slot may be is refused with the size and the limit', async () => {
  const noise = join(scratch(), 'noise');
  execFileSync('sh', ['-c', 'head -c 17000000 /dev/urandom >"$0"', noise]);
  const error = await build(alix, { files: { 'usr/share/noise': noise } }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  assert.match(
    error?.message ?? 'nothing was thrown',
    /squashfs has \d+ bytes, \d+ more than slot\.limit in disk\.yaml \(16000000\)/,
  );
});

image.run();

const pc = suite('image of a board with UEFI');

pc('is published as qcow2 too, which holds the same disk', () => {
  const argv = ['compare', '-f', 'raw', '-F', 'qcow2', disk, made.path('plait-pc.qcow2')];
  assert.match(execFileSync('qemu-img', argv).toString(), /identical/);
  assert.ok(statSync(made.path('plait-pc.qcow2')).size < 4_000_000, 'compressed');
});

pc('has a sound EFI system partition with the program that firmware looks for', () => {
  const { start = 0, sectors = 0 } = pcLayout.partitions.efi ?? {};
  const esp = join(scratch(), 'esp');
  writeFileSync(esp, readFileSync(disk).subarray(start * 512, (start + sectors) * 512));
  execFileSync('fsck.fat', ['-n', esp], { stdio: 'pipe' });
  assert.is(readFileSync(esp).toString('latin1', 82, 90), 'FAT32   ');
  const program = execFileSync('mtype', ['-i', esp, '::/EFI/BOOT/BOOTX64.EFI'], { maxBuffer: 2 ** 24 });
  assert.is(program.toString('latin1', 0, 2), 'MZ');
});

pc('is by its map the same on a disk that held something else', () => {
  const card = join(scratch(), 'card');
  execFileSync('sh', ['-c', `head -c ${statSync(disk).size} /dev/zero | tr '\\0' '\\252' >"$0"`, card]);
  execFileSync('bmaptool', ['--quiet', 'copy', '--bmap', made.path('plait-pc.bmap'), disk, card]);
  const { start = 0, sectors = 0 } = pcLayout.partitions.efi ?? {};
  const esp = join(scratch(), 'esp');
  writeFileSync(esp, readFileSync(card).subarray(start * 512, (start + sectors) * 512));
  execFileSync('fsck.fat', ['-n', esp], { stdio: 'pipe' });
  execFileSync('sgdisk', ['--verify', card], { stdio: 'pipe' });
});

pc('is byte for byte the same from another empty cache', async () => {
  const second = await build(board);
  for (const name of ['plait-pc.img', 'plait-pc.qcow2', 'plait-pc.bmap'])
    assert.ok(readFileSync(made.path(name)).equals(readFileSync(second.path(name))), name);
});

pc.run();
