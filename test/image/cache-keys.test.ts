// SPDX-License-Identifier: MIT
/** Alters, one by one, every kind of thing that goes into an image, and sees which stages would be built anew. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scratch } from './scratch.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Of each stage by its id: its key, and what names its sources. */
type Keys = Readonly<Record<string, readonly [key: string, source: string]>>;

/** A copy of all that a plan reads, with packages from npm that can be altered. */
function checkout(): string {
  const dir = join(scratch(), 'checkout');
  mkdirSync(join(dir, 'node_modules'), { recursive: true });
  for (const name of ['src', 'board', 'overlay', 'LICENSES', 'test/image', 'package.json', 'tsconfig.json'])
    cpSync(join(repository, name), join(dir, name), { recursive: true });
  const modules = join(repository, 'node_modules');
  for (const name of readdirSync(modules)) {
    const copied = ['js-yaml', 'handlebars', 'valibot'].includes(name);
    if (copied) cpSync(join(modules, name), join(dir, 'node_modules', name), { recursive: true });
    else symlinkSync(join(modules, name), join(dir, 'node_modules', name));
  }
  return dir;
}

async function keysOf(dir: string, env: Record<string, string> = {}): Promise<Keys> {
  const { stdout } = await promisify(execFile)('node', ['--import', 'tsx', 'test/image/print-keys.ts'], {
    cwd: dir,
    env: { ...process.env, PLAIT_KEYS: keys, ...env },
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as Keys;
}

const keys = scratch();
const untouched = checkout();
const before = await keysOf(untouched);

/** Stages whose key is another one than before. */
function changed(after: Keys, which: 0 | 1 = 0): string[] {
  return Object.keys(after)
    .filter((id) => after[id]?.[which] !== before[id]?.[which])
    .sort();
}

const keying = suite('keys of the cache');

keying('are the same for a checkout elsewhere, another user’s folders, locale and time zone', async () => {
  const dir = join(scratch(), 'Büro Ordner #1');
  cpSync(untouched, dir, { recursive: true, verbatimSymlinks: true });
  const env = { HOME: '/nonexistent', LC_ALL: 'de_DE.UTF-8', TZ: 'Asia/Tokyo', CFLAGS: '-O3' };
  assert.equal(changed(await keysOf(dir, env)), []);
});

interface Row {
  readonly what: string;
  readonly alter: (dir: string) => void;
  /** Stages that must be built anew, among others. */
  readonly anew: readonly string[];
  /** Stages that must not. */
  readonly kept?: readonly string[];
}

const append =
  (path: string, text: string) =>
  (dir: string): void =>
    appendFileSync(join(dir, path), text);

const replace =
  (path: string, from: string, to: string) =>
  (dir: string): void => {
    const text = readFileSync(join(dir, path), 'utf8');
    assert.ok(text.includes(from), `${path} holds no ${from}`);
    writeFileSync(join(dir, path), text.replace(from, to));
  };

const newVersion = (name: string) =>
  replace(`node_modules/${name}/package.json`, '"version": "', '"version": "9');

const rows: readonly Row[] = [
  {
    what: 'a package from npm that the agent is bundled with',
    alter: replace('node_modules/js-yaml/dist/js-yaml.mjs', 'unknown escape sequence', 'altered'),
    anew: ['agent', 'rootfs', 'disk', 'bundle'],
    kept: ['kernel', 'modules', 'package:busybox'],
  },
  {
    what: 'the version of a package from npm that renders files of the image',
    alter: newVersion('handlebars'),
    anew: ['rootfs', 'bundle', 'boot-loader'],
    kept: ['kernel', 'package:busybox'],
  },
  {
    what: 'a source of the agent',
    alter: append('src/agent/main.ts', '\nglobalThis.altered = 1;\n'),
    anew: ['agent', 'disk'],
    kept: ['kernel', 'package:busybox'],
  },
  {
    what: 'C of the agent',
    alter: append('src/agent/native/plait_native.c', '\nint altered;\n'),
    anew: ['agent', 'disk'],
    kept: ['kernel'],
  },
  {
    what: 'a source of the kernel modules',
    alter: append('src/kmod/core/Kbuild.altered', 'x'),
    anew: ['modules', 'disk'],
    kept: ['kernel', 'agent'],
  },
  {
    what: 'a kernel option of the board',
    alter: append('board/alix/linux.config', '\nCONFIG_ALTERED=y\n'),
    anew: ['kernel', 'modules', 'disk'],
    kept: ['agent', 'package:busybox'],
  },
  {
    what: 'a file of the overlay',
    alter: append('overlay/etc/motd', 'altered\n'),
    anew: ['rootfs', 'disk', 'bundle'],
    kept: ['kernel', 'agent'],
  },
  {
    what: 'a recipe',
    alter: append('src/image/packages/ethtool.ts', '\nglobalThis.altered = 1;\n'),
    anew: ['package:ethtool', 'rootfs'],
    kept: ['package:busybox', 'kernel'],
  },
  {
    what: 'the options file of a recipe',
    alter: append('src/image/packages/busybox.config', '\n# CONFIG_ALTERED is not set\n'),
    anew: ['package:busybox', 'rootfs'],
    kept: ['package:ethtool', 'kernel'],
  },
  {
    what: 'the code that unpacks source packages',
    alter: replace('src/image/sources/unpack.ts', "'--no-dereference'", "'--no-dereference', '--altered'"),
    anew: ['package:busybox', 'toolchain'],
    kept: ['kernel'],
  },
  {
    what: 'the code that makes the squashfs',
    alter: replace(
      'src/image/squashfs/squashfs-stage.ts',
      "'--unset=SOURCE_DATE_EPOCH'",
      "'--unset=ALTERED'",
    ),
    anew: ['squashfs', 'disk', 'bundle'],
    kept: ['rootfs'],
  },
  {
    what: 'the code that lays out the disk',
    alter: replace('src/image/disk/partition-table.ts', ', bootable', ', altered'),
    anew: ['disk'],
    kept: ['rootfs', 'data'],
  },
  {
    what: 'the code that makes the data partition',
    alter: replace('src/image/disk/data-partition.ts', "writeFile(path, '')", "writeFile(path, 'x')"),
    anew: ['data', 'disk'],
    kept: ['rootfs'],
  },
  {
    what: 'the code that writes archives',
    alter: replace('src/image/cpio.ts', 'archive.length, 512', 'archive.length, 1024'),
    anew: ['bundle', 'boot-loader'],
    kept: ['squashfs'],
  },
  {
    what: 'the template of a bundle’s description',
    alter: append('src/image/bundle/sw-description.hbs', '# altered\n'),
    anew: ['bundle'],
    kept: ['squashfs', 'disk'],
  },
  {
    what: 'the script of the boot loader',
    alter: append('src/image/boot/grub.cfg.hbs', '# altered\n'),
    anew: ['boot-loader', 'disk'],
    kept: ['rootfs'],
  },
];

for (const { what, alter, anew, kept = [] } of rows) {
  keying(`change with ${what}`, async () => {
    const dir = join(scratch(), 'altered');
    cpSync(untouched, dir, { recursive: true, verbatimSymlinks: true });
    alter(dir);
    const found = changed(await keysOf(dir));
    for (const id of anew) assert.ok(found.includes(id), `${id} would come from the cache`);
    for (const id of kept) assert.not(found.includes(id), `${id} would be built anew`);
  });
}

keying('do not change with a comment in the code', async () => {
  const dir = join(scratch(), 'altered');
  cpSync(untouched, dir, { recursive: true, verbatimSymlinks: true });
  for (const path of ['kernel/build.ts', 'squashfs/squashfs-stage.ts', 'cpio.ts'])
    appendFileSync(join(dir, 'src/image', path), '\n// Only a comment.\n');
  assert.equal(changed(await keysOf(dir)), []);
});

keying('change with a program of the build machine, while the build’s id does not', async () => {
  const admin = join(scratch(), 'dpkg');
  cpSync('/var/lib/dpkg/status', join(admin, 'status'), { recursive: true });
  for (const name of ['info', 'updates', 'triggers']) mkdirSync(join(admin, name));
  const status = readFileSync(join(admin, 'status'), 'utf8');
  const altered = status.replace(/(^Package: gcc-\d+\n(?:.+\n)*?Version: )/gm, '$19:');
  assert.is.not(altered, status);
  writeFileSync(join(admin, 'status'), altered);
  const after = await keysOf(untouched, { DPKG_ADMINDIR: admin });
  for (const id of ['kernel', 'modules', 'toolchain', 'package:busybox', 'disk'])
    assert.ok(changed(after).includes(id), `${id} would come from the cache`);
  for (const id of ['data', 'compiler', 'boot-loader'])
    assert.not(changed(after).includes(id), `${id} would be built anew`);
  assert.equal(changed(after, 1), [], 'another machine must not give another image');
});

keying('change with the date, where the output carries one', async () => {
  const found = changed(await keysOf(untouched, { SOURCE_DATE_EPOCH: '2' }));
  assert.ok(found.includes('squashfs') && found.includes('bundle'));
  assert.not(found.includes('kernel') || found.includes('rootfs'));
});

keying.run();
