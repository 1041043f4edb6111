// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listBoards } from '../../src/image/board.ts';
import { externalTree } from '../../src/image/engine/buildroot/engine.ts';
import { defconfigFile, savedDefconfig } from '../../src/image/engine/buildroot/write-defconfigs.ts';
import { needs } from '../image/needs.ts';

const tree = process.env.BUILDROOT_DIR ?? '';
await needs('file', 'flake8', 'g++', 'make', 'python3-magic', 'shellcheck', 'rsync', 'cpio', 'unzip', 'bc');

const external = suite('BR2_EXTERNAL tree');

external("passes Buildroot's own check-package without a warning", async () => {
  const run = promisify(execFile);
  const { stdout: list } = await run('git', ['ls-files', '.'], { cwd: externalTree });
  const files = list.trim().split('\n');
  assert.ok(files.includes('package/plait-kmod/plait-kmod.mk'));
  // Debian's Python, which has the modules; another one may come first in PATH.
  const check = run('/usr/bin/python3', [join(tree, 'utils/check-package'), '-b', ...files], {
    cwd: externalTree,
  });
  const { stdout, stderr } = await check.catch((error: { stdout: string; stderr: string }) => error);
  assert.match(stdout + stderr, /\b0 warnings generated/, stdout + stderr);
});

for (const board of await listBoards())
  external(`has the defconfig of ${board} as savedefconfig writes it`, async () => {
    assert.is(await readFile(defconfigFile(board), 'utf8'), await savedDefconfig(board, tree));
  });

external.run();
