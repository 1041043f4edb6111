// SPDX-License-Identifier: MIT
/** A stick with a real file system on a real block device, read by the real agent; sysfs alone is made to say that it is USB. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { hostAgent } from './support/host-agent.ts';
import { Shell } from './support/shell.ts';
import { hostBundle, makeSlots, SYSTEM } from './support/slot-spaces.ts';
import { withoutModules } from './support/this-kernel.ts';

const CONFIG = 'version: 1\nlan: { ports: [eth0], address: 192.168.50.1/24 }\n';

const BLOCK = 1024;

/** The stick is sdy1: a loop device. "pull" makes it break at a byte, as when it is pulled out while that is read. */
const STICK = `
loop=$(losetup --find --show "$files/stick.img")
mount -t tmpfs tmpfs "$root/dev"
for node in null zero urandom; do mknod "$root/dev/$node" c 1 $(stat -c %T "/dev/$node" | sed 's/^/0x/' | xargs printf %d); done
mknod "$root/dev/sdy1" b $(printf '%d %d' $(stat -c '0x%t 0x%T' "$loop"))
mount -t tmpfs tmpfs "$root/sys/block"
mkdir -p "$root/run/sysfs/usb1/1-1/sdy/sdy1"
ln -s /run/sysfs/usb1/1-1/sdy "$root/sys/block/sdy"
mount -t tmpfs tmpfs "$root/sys/class/block"
ln -s /run/sysfs/usb1/1-1/sdy/sdy1 "$root/sys/class/block/sdy1"
pull() { truncate -s "$1" "$files/stick.img"; rm "$root/sys/class/block/sdy1"; }
`;

interface Scene {
  folder: string;
  /** Where the stick's image is. */
  files: string;
  shell: Shell;
}

const real = suite<Scene>('a USB stick on a real kernel');

real.before(async (scene) => {
  await needs('e2fsprogs', 'iproute2', 'util-linux');
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-spaces-'));
  scene.files = mkdtempSync(join(tmpdir(), 'plait-stick-'));
  const bundle = await hostBundle();
  const contents = join(scene.files, 'contents');
  mkdirSync(contents);
  writeFileSync(join(contents, 'plait-host.swu'), bundle);
  writeFileSync(join(contents, 'plait-other.swu'), 'no bundle');
  execFileSync('ln', ['-s', '/dev/zero', join(contents, 'plait-host-9.swu')]);
  const image = join(scene.files, 'stick.img');
  execFileSync('mkfs.ext4', ['-q', '-b', `${BLOCK}`, '-d', contents, '-e', 'panic', image, '8M']);
  scene.shell = new Shell(await hostAgent(), scene.folder);
  await scene.shell.run(`cat >"$root/data/plait.yaml" <<'YAML'\n${withoutModules(CONFIG)}YAML`);
  await makeSlots(scene.shell, bundle);
  await scene.shell.run(`files=${scene.files}\n${STICK}`);
  await scene.shell.start();
});
real.after(({ folder, files, shell }) => {
  shell?.end();
  execFileSync('sh', [
    '-c',
    'losetup -nO NAME -j "$1" | xargs -r losetup -d',
    'sh',
    join(files, 'stick.img'),
  ]);
  for (const path of [folder, files]) rmSync(path, { recursive: true, force: true });
});

const upgrade = ({ shell }: Scene) => shell.run('board plaitctl upgrade --reboot later usb 2>&1 || true');
const written = ({ shell }: Scene) => shell.run('cat "$root"/run/plait/disk/* | sha256sum');
const stick = ({ shell }: Scene) => shell.run('sha256sum <"$files/stick.img"');
const mounted = ({ shell }: Scene) => shell.run('grep -c plait/usb /proc/self/mounts || true');

real('gives its bundle to the other slot, and is not written', async (scene) => {
  const before = await stick(scene);
  assert.match(await upgrade(scene), /version 1\.0\.0 is in slot b; it starts with the next restart/);
  const slot = await scene.shell.run(`head -c ${SYSTEM.length} "$root/run/plait/disk/slot-b" | sha256sum`);
  assert.match(slot, createHash('sha256').update(SYSTEM).digest('hex'));
  assert.is((await mounted(scene)).trim(), '0');
  assert.is(await stick(scene), before);
});

real('that is pulled out while it is read: an error says so, and nothing is written', async (scene) => {
  const { shell } = scene;
  const before = await written(scene);
  const blocks = await shell.run(`debugfs -R 'blocks plait-host.swu' "$files/stick.img" 2>/dev/null`);
  const [first = 0, last = 0] = [blocks.trim().split(' ').at(0), blocks.trim().split(' ').at(-1)].map(Number);
  assert.ok(last > first && first > 0, blocks);
  const middle = Math.floor((first + last) / 2) * BLOCK;
  await shell.run(`pull ${middle}`);
  const said = await upgrade(scene);
  assert.match(
    said,
    /the stick sdy1 was pulled out while plait-host\.swu was read \(.*\); nothing was changed\n$/,
  );
  assert.is(await written(scene), before);
  assert.is((await mounted(scene)).trim(), '0');
});

real.run();
