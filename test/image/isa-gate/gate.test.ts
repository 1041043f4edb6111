// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Instructions, loadBoard } from '../../../src/image/board.ts';
import { StageCache } from '../../../src/image/cache.ts';
import { readElf } from '../../../src/image/elf.ts';
import { StageError } from '../../../src/image/errors.ts';
import { checkElf, type Verdict } from '../../../src/image/isa-gate/check-elf.ts';
import { classify } from '../../../src/image/isa-gate/classify.ts';
import { isaGates } from '../../../src/image/isa-gate/gate-stage.ts';
import { runStages } from '../../../src/image/runner.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { needs } from '../needs.ts';
import { fakeParts, linkProgram, placeFiles } from '../parts.ts';
import { scratch } from '../scratch.ts';

await needs('binutils');

const dir = scratch();
const geode = await loadBoard('alix');
const forbidden = new Set<Instructions>(['sse', 'nopl', 'endbr']);

/** What a compiler for another CPU leaves behind, and how the gate names it. */
const planted = [
  { group: 'sse', assembly: 'addps %xmm1, %xmm2', text: 'addps %xmm1,%xmm2' },
  { group: 'sse', assembly: 'mfence', text: 'mfence' },
  { group: 'sse', assembly: 'ldmxcsr (%eax)', text: 'ldmxcsr (%eax)' },
  { group: 'nopl', assembly: '.byte 0x0f, 0x1f, 0x44, 0x00, 0x00', text: 'nopl 0x0(%eax,%eax,1)' },
  { group: 'nopl', assembly: '.byte 0x0f, 0x1f, 0xc0', text: 'nop %eax' },
  { group: 'nopl', assembly: '.byte 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00', text: 'nopw 0x0(%eax,%eax,1)' },
  { group: 'endbr', assembly: '.byte 0xf3, 0x0f, 0x1e, 0xfb', text: 'endbr32' },
  { group: 'avx', assembly: 'vaddps %ymm1, %ymm2, %ymm3', text: 'vaddps %ymm1,%ymm2,%ymm3' },
] as const;

const classes = suite('groups of instructions');

classes('what a Geode LX has belongs to no group', () => {
  const fine = ['pause', 'nop', 'xchg %ax,%ax', 'cmovne %eax,%ebx', 'pfadd %mm0,%mm1', 'movq %mm0,(%eax)'];
  const more = [
    'lea 0x0(%esi,%eiz,1),%esi',
    'lock cmpxchg8b (%edi)',
    'data16 nop',
    'prefetch (%eax)',
    'rep stos %al,%es:(%edi)',
  ];
  for (const text of [...fine, ...more]) assert.is(classify(text), undefined, text);
});

classes('prefixes do not hide an instruction', () => {
  assert.is(classify('data16 cs nopw 0x0(%eax,%eax,1)'), 'nopl');
  assert.is(classify('lock addps %xmm0,(%eax)'), 'sse');
  assert.is(classify('notrack endbr64'), 'endbr');
});

classes.run();

const files = suite('one ELF file');

for (const { group, assembly, text } of planted) {
  files(`finds ${text} with its symbol and address`, async () => {
    const { violations } = await check(`_start: nop\n ret\nculprit: mov $1, %eax\n ${assembly}\n ret`);
    assert.is(violations.length, 1);
    const [found] = violations;
    assert.equal([found?.group, found?.symbol, found?.section], [group, 'culprit', '.text']);
    assert.is(found?.text.replace(/\s+/g, ' '), text);
    assert.is(found?.address, 0x8049000 + 7);
  });
}

files('lets code for an i586 through', async () => {
  const verdict = await check('_start: mov $1, %eax\n cmovne %eax, %ebx\n rep nop\n jmp _start');
  assert.equal([verdict.violations.length, verdict.instructions], [0, 4]);
});

files('finds an instruction behind data that a front-to-back reading stumbles over', async () => {
  // The data looks like the begin of a long instruction, which swallows the one after it.
  const source = '_start: jmp .Lcode\n .byte 0xb8, 0x00\n .Lcode: .byte 0x0f, 0x1f, 0xc0\n ret';
  const { violations } = await check(source);
  assert.equal(
    violations.map(({ group, address }) => [group, address]),
    [['nopl', 0x8049004]],
  );
});

files('counts replacement code in the kernel, and refuses it in a program', async () => {
  const source = '_start: ret\n .section .altinstr_replacement, "ax"\n lfence';
  assert.is((await check(source)).violations.length, 1);
  const kernel = await check(source, true);
  assert.is(kernel.violations.length, 0);
  assert.equal(Object.values(kernel.exempted), [1]);
});

files('excuses the guarded functions of the kernel by name, and no other', async () => {
  const guarded = '_start: ret\n save_fpregs_to_fpstate: fxsave (%eax)\n ret';
  assert.is((await check(guarded, true)).violations.length, 0);
  assert.is((await check(guarded, false)).violations.length, 1);
  const other =
    '_start: ret\n save_fpregs_to_fpstate: addps %xmm0, %xmm1\n ret\n another: fxsave (%eax)\n ret';
  assert.equal(
    (await check(other, true)).violations.map(({ symbol }) => symbol),
    ['save_fpregs_to_fpstate', 'another'],
  );
});

files.run();

const gates = suite('the gate in the build');

gates('stops the build with file, symbol, address and instruction', async () => {
  const plants = planted.filter(({ assembly }) => !assembly.startsWith('v'));
  for (const [index, { assembly, text, group }] of plants.entries()) {
    const name = `usr/bin/program${index}`;
    const elf = await link(`_start: nop\n bad_function: ${assembly}\n ret`);
    const error = await build({ [name]: elf }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.instance(error, StageError);
    const expected = `${name}: .text bad_function: 0x8049001: ${text} (${group})`;
    assert.ok(
      (error as Error).message.includes(expected),
      `${expected} is not in: ${(error as Error).message}`,
    );
  }
});

gates('looks into kernel modules', async () => {
  const module = (await link('init_module: ret\n cleanup_module: movaps %xmm0, %xmm1\n ret')).replace(
    /elf$/,
    'o',
  );
  const error = await build({ 'lib/modules/6.12.1/updates/plait.ko': module }).catch(
    (thrown: Error) => thrown.message,
  );
  assert.match(String(error), /plait\.ko: \.text cleanup_module: 0x1: movaps %xmm0,%xmm1 \(sse\)/);
});

gates('refuses a compressed module, which it cannot read', async () => {
  const path = join(dir, 'module.ko.xz');
  await writeFile(path, 'anything');
  const error = await build({ 'lib/modules/6.12.1/module.ko.xz': path }).catch(
    (thrown: Error) => thrown.message,
  );
  assert.match(String(error), /module\.ko\.xz is compressed/);
});

gates('refuses an ELF file that came into the root past the gates', async () => {
  const stranger = await link('_start: mov $3, %eax\n ret');
  const error = await build({}, { 'usr/bin/stranger': stranger }).catch((thrown: Error) => thrown.message);
  assert.match(String(error), /\/usr\/bin\/stranger was not checked as it is in the image/);
});

gates('lets clean parts through and counts what it read', async () => {
  const clean = await link('_start: mov $4, %eax\n ret');
  await build({ 'usr/bin/clean': clean });
});

gates.run();

let made = 0;

function link(source: string): Promise<string> {
  return linkProgram(join(dir, `code${made++}`), source);
}

async function check(source: string, kernel = false): Promise<Verdict> {
  const path = await link(source);
  const elf = readElf(await readFile(path));
  const { signal } = new AbortController();
  return checkElf({ objdump: 'objdump', signal }, { path, elf, kernel }, forbidden);
}

/** Runs the gates over a package with these files (target → file here); the root has `more`. */
async function build(files: Record<string, string>, more: Record<string, string> = {}): Promise<void> {
  const parts = fakeParts({ files });
  const rootfs: Stage = {
    id: 'rootfs',
    inputs: [files, more],
    deps: [],
    run: ({ out }) => placeFiles({ ...files, ...more }, join(out, 'root')),
  };
  const gate = await isaGates(geode, parts, rootfs);
  const cache = join(dir, `cache${made++}`);
  await runStages([gate], { cache: new StageCache(cache), logs: join(cache, 'logs'), epoch: 1 });
}
