// SPDX-License-Identifier: MIT
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkLinks, checkPrograms } from '../../../src/image/rootfs/check.ts';
import { prune } from '../../../src/image/rootfs/prune.ts';
import { Tree } from '../../../src/image/rootfs/tree.ts';
import { scratch } from '../scratch.ts';

/** A directory with files (`path: text`) and links (`path: '-> target'`). */
function directory(files: Record<string, string>): string {
  const dir = scratch();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(dir, path));
    else writeFileSync(join(dir, path), text, { mode: text.startsWith('#!') ? 0o700 : 0o600 });
  }
  return dir;
}

async function merged(...packages: Record<string, string>[]): Promise<Tree> {
  const tree = new Tree();
  for (const [index, files] of packages.entries())
    await tree.addDirectory(`package:${index}`, directory(files));
  return tree;
}

async function refusal(act: () => Promise<unknown>): Promise<string> {
  return act().then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );
}

const merging = suite('merging packages');

merging('takes files, links and directories of all, with modes that do not depend on the umask', async () => {
  const tree = await merged(
    { 'usr/bin/a': '#!a', 'usr/lib/liba.so.1': 'lib' },
    { 'usr/lib/liba.so': '-> liba.so.1' },
  );
  const root = join(scratch(), 'root');
  mkdirSync(root);
  await tree.write(root);
  assert.is(lstatSync(join(root, 'usr/bin/a')).mode & 0o777, 0o755);
  assert.is(lstatSync(join(root, 'usr/lib/liba.so.1')).mode & 0o777, 0o644);
  assert.is(readlinkSync(join(root, 'usr/lib/liba.so')), 'liba.so.1');
  assert.is(readFileSync(join(root, 'usr/bin/a'), 'utf8'), '#!a');
});

merging('allows the same file twice only with the same content', async () => {
  await merged({ 'etc/x': 'same' }, { 'etc/x': 'same' });
  const message = await refusal(() => merged({ 'etc/x': 'one' }, { 'etc/x': 'two' }));
  assert.is(
    message,
    '/etc/x comes from package:0 (a file) and, with other content, from package:1 (a file); one must go',
  );
});

merging('refuses a file where another package has a directory or a link', async () => {
  assert.match(
    await refusal(() => merged({ 'etc/x/y': '' }, { 'etc/x': '' })),
    /\/etc\/x comes from .* \(a dir\)/,
  );
  assert.match(
    await refusal(() => merged({ 'etc/x': '-> y' }, { 'etc/x/y': '' })),
    /\/etc\/x comes from .* \(a link\)/,
  );
  assert.match(await refusal(() => merged({ 'etc/x': '-> y' }, { 'etc/x': '-> z' })), /\/etc\/x comes from/);
});

merging(
  'lets a package’s own program win over a BusyBox applet of that name, in whichever directory',
  async () => {
    const tree = await merged(
      { 'bin/busybox': '#!', 'sbin/ip': '-> ../bin/busybox', 'bin/ls': '-> busybox' },
      { 'usr/sbin/ip': '#!' },
    );
    assert.equal(tree.dropShadowedApplets(), ['sbin/ip']);
    assert.ok(tree.get('bin/ls'));
    assert.not(tree.get('sbin/ip'));
  },
);

merging('sums sizes by what brought the files', async () => {
  const tree = await merged({ a: '12345' }, { b: '1', c: '123456' });
  assert.equal(await tree.sizes(), [
    { part: 'package:1', files: 2, bytes: 7 },
    { part: 'package:0', files: 1, bytes: 5 },
  ]);
});

merging.run();

const pruning = suite('pruning');

pruning('removes what only compilers and readers of manuals need', async () => {
  const gone = [
    'usr/include/x.h',
    'usr/lib/libx.a',
    'usr/lib/pkgconfig/x.pc',
    'usr/share/man/man1/x.1',
    'usr/share/doc/x',
  ];
  const kept = ['usr/lib/libx.so.1', 'usr/share/udhcpc/default.script', 'usr/bin/x'];
  const tree = await merged(Object.fromEntries([...gone, ...kept].map((path) => [path, ''])));
  prune(tree);
  for (const path of gone) assert.not(tree.get(path), path);
  for (const path of kept) assert.ok(tree.get(path), path);
});

pruning.run();

const checking = suite('checking the root');

checking('names the programs that the boot scripts would miss', async () => {
  const tree = await merged({ 'bin/sh': '#!', 'sbin/init': '#!' });
  assert.throws(() => checkPrograms(tree), /lacks the programs getty, login, .*, plaitctl$/);
});

checking('refuses a link that leads nowhere, and allows one to what is made at boot', async () => {
  checkLinks(await merged({ 'etc/shadow': '-> /run/plait/shadow', 'lib/a': '-> ../usr/b', 'usr/b': '' }));
  const tree = await merged({ 'usr/lib/libx.so': '-> libx.so.2' });
  assert.throws(
    () => checkLinks(tree),
    /\/usr\/lib\/libx\.so \(from package:0\) is a link to libx\.so\.2, which is not in the image/,
  );
});

checking.run();
