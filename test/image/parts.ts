// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { EngineParts } from '../../src/image/engine/engine.ts';
import { programs } from '../../src/image/rootfs/check.ts';
import type { Stage, StageContext } from '../../src/image/stage.ts';

export interface FakeParts {
  /** Files of the one package, below the root: path on the target → file here. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What an engine would give, small and without a compiler: every program is a shell script. */
export function fakeParts({ files = {} }: FakeParts = {}): EngineParts {
  const part = (id: string, run: (ctx: StageContext) => Promise<void>): Stage => ({
    id,
    inputs: files,
    deps: [],
    run,
  });
  const texts = part('texts', ({ out }) => writeFile(join(out, 'COPYING'), 'the licence'));
  return {
    packages: [
      part('package:test', async ({ out }) => {
        for (const name of programs)
          if (!name.startsWith('plait')) await script(join(out, 'root/usr/sbin', name));
        await placeFiles(files, join(out, 'root'));
      }),
    ],
    kernel: part('kernel', makeKernel),
    modules: part('modules', async ({ out }) => {
      await mkdir(join(out, 'lib/modules/6.12.1/updates'), { recursive: true });
    }),
    agent: part('agent', ({ out }) => script(join(out, 'usr/bin/plaitctl'))),
    tools: part('tools', async ({ out }) => {
      await mkdir(join(out, 'bin'));
      await writeFile(join(out, 'bin/objdump'), '#!/bin/sh\nexec objdump "$@"\n', { mode: 0o755 });
    }),
    bom: [
      {
        name: 'test',
        version: '1.0',
        license: 'MIT',
        licenseFiles: [{ stage: texts, path: 'COPYING' }],
        sources: [{ name: 'test.tar.xz', sha256: 'ab'.repeat(32), size: 10 }],
      },
    ],
  };
}

/** Copies files into a tree: path below it → file here. */
export async function placeFiles(files: Readonly<Record<string, string>>, root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [target, from] of Object.entries(files)) {
    await mkdir(join(root, target, '..'), { recursive: true });
    await copyFile(from, join(root, target));
  }
}

/** Assembles a program for i386 at `base` and links it; gives its path. */
export async function linkProgram(base: string, source: string): Promise<string> {
  await writeFile(`${base}.s`, `.globl _start\n${source}\n`);
  execFileSync('as', ['--32', '-o', `${base}.o`, `${base}.s`]);
  execFileSync('ld', ['-melf_i386', '-o', `${base}.elf`, `${base}.o`]);
  return `${base}.elf`;
}

async function script(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
}

/** A bzImage whose payload and loader are one small program, and no modules. */
async function makeKernel({ out, work }: StageContext): Promise<void> {
  const elf = await readFile(await linkProgram(join(work, 'kernel'), '_start: mov $5, %eax\n ret'));
  const payload = gzipSync(elf);
  const header = Buffer.alloc(1024);
  header[0x1f1] = 1;
  header.write('HdrS', 0x202);
  header.writeUInt32LE(0, 0x248);
  header.writeUInt32LE(payload.length, 0x24c);
  await mkdir(join(out, 'elf'));
  await mkdir(join(out, 'modules/lib/modules/6.12.1'), { recursive: true });
  await writeFile(join(out, 'modules/lib/modules/6.12.1/modules.order'), '');
  await writeFile(join(out, 'modules/lib/modules/6.12.1/modules.builtin'), '');
  await writeFile(join(out, 'vmlinuz'), Buffer.concat([header, payload, elf]));
  for (const name of ['vmlinux', 'compressed', 'setup']) await writeFile(join(out, 'elf', name), elf);
}
