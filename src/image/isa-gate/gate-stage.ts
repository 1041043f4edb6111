// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board, Instructions } from '../board.ts';
import { codeOf } from '../code-key.ts';
import { type Elf, isElf, readElf } from '../elf.ts';
import type { EngineParts } from '../engine/engine.ts';
import { BuildError } from '../errors.ts';
import type { Stage, StageContext } from '../stage.ts';
import { checkElf, type Violation } from './check-elf.ts';
import { assertContainsCode, unpackKernel } from './kernel-image.ts';

/** What a gate stage leaves in `verdict.json`: the files that passed, by the SHA-256 of their bytes. */
interface Passed {
  readonly files: Readonly<Record<string, string>>;
  readonly instructions: number;
  readonly exempted: Readonly<Record<string, number>>;
}

/**
 * The gates of an image: one stage per part of it, so that only what changed is disassembled again, and a last one
 * that lets the finished root through if each ELF file in it, by content, passed one of them.
 */
export async function isaGates(board: Board, parts: EngineParts, rootfs: Stage): Promise<Stage> {
  const rules = { forbid: board.cpu.forbid, code: await codeOf(import.meta.url) };
  const gate = (part: Stage, check: (ctx: StageContext, gate: Gate) => Promise<void>): Stage => ({
    id: `isa:${part.id.replace(/^package:/, '')}`,
    inputs: rules,
    deps: [part, parts.tools],
    async run(ctx) {
      const gate = new Gate(board, join(ctx.output(parts.tools), 'bin/objdump'), ctx);
      await check(ctx, gate);
      await gate.finish();
    },
  });
  const gates = [
    ...parts.packages.map((part) => gate(part, (ctx, it) => it.checkTree(join(ctx.output(part), 'root')))),
    gate(parts.modules, (ctx, it) => it.checkTree(ctx.output(parts.modules))),
    gate(parts.agent, (ctx, it) => it.checkTree(ctx.output(parts.agent))),
    gate(parts.kernel, async (ctx, it) => {
      await it.checkTree(join(ctx.output(parts.kernel), 'modules'));
      await it.checkKernel(ctx.output(parts.kernel));
    }),
  ];
  return {
    id: 'isa-gate',
    inputs: rules,
    deps: [rootfs, ...gates],
    run: (ctx) => compareRoot(join(ctx.output(rootfs), 'root'), gates, ctx),
  };
}

/** What is in the root but passed no gate is refused: it came from elsewhere or was changed on the way. */
async function compareRoot(root: string, gates: readonly Stage[], ctx: StageContext): Promise<void> {
  const passed = new Map<string, string>();
  const total = { files: 0, instructions: 0, exempted: {} as Record<string, number> };
  for (const gate of gates) {
    const verdict = JSON.parse(await readFile(join(ctx.output(gate), 'verdict.json'), 'utf8')) as Passed;
    for (const [file, hash] of Object.entries(verdict.files)) passed.set(hash, file);
    total.instructions += verdict.instructions;
    addCounts(total.exempted, verdict.exempted);
  }
  for (const { path, bytes } of await codeFiles(root)) {
    total.files++;
    if (!passed.has(sha256(bytes)))
      throw new BuildError(`ISA gate: /${path} was not checked as it is in the image`);
  }
  await writeFile(join(ctx.out, 'isa-gate.json'), `${JSON.stringify(total, null, 2)}\n`);
}

class Gate {
  private readonly files: Record<string, string> = {};
  private readonly exempted: Record<string, number> = {};
  private readonly failures: string[] = [];
  private instructions = 0;
  private readonly forbidden: ReadonlySet<Instructions>;
  private readonly board: Board;
  private readonly objdump: string;
  private readonly ctx: StageContext;

  constructor(board: Board, objdump: string, ctx: StageContext) {
    this.board = board;
    this.forbidden = new Set(board.cpu.forbid);
    this.objdump = objdump;
    this.ctx = ctx;
  }

  /** Checks every ELF file below a directory. */
  async checkTree(dir: string): Promise<void> {
    for (const { path, bytes } of await codeFiles(dir)) {
      await this.check(path, join(dir, path), readElf(bytes), path.endsWith('.ko'));
      this.files[path] = sha256(bytes);
    }
  }

  /**
   * Checks the kernel: `elf/vmlinux` is what the bzImage unpacks to; `elf/compressed` and `elf/setup` are the code
   * that runs before and unpacks it. They carry the symbols; that their code is that of `vmlinuz` is proved.
   */
  async checkKernel(out: string): Promise<void> {
    const vmlinuz = await readFile(join(out, 'vmlinuz'));
    const unpacked = unpackKernel(vmlinuz);
    const pieces = [
      { name: 'vmlinux', container: unpacked, flags: [] },
      { name: 'compressed', container: vmlinuz, flags: [] },
      { name: 'setup', container: vmlinuz, flags: ['--architecture=i8086'] },
    ];
    for (const { name, container, flags } of pieces) {
      const path = join(out, 'elf', name);
      const bytes = await readFile(path);
      const elf = readElf(bytes);
      assertContainsCode(container, elf, bytes, `elf/${name}`);
      await this.check(`boot/vmlinuz (${name})`, path, elf, true, flags);
    }
    this.files['boot/vmlinuz'] = sha256(vmlinuz);
  }

  /** Writes the verdict; throws when anything was found. */
  async finish(): Promise<void> {
    const { files, instructions, exempted, failures } = this;
    if (failures.length > 0) {
      const more =
        failures.length > shown ? [`and ${failures.length - shown} more; the log has them all`] : [];
      const list = [...failures.slice(0, shown), ...more].join('\n  ');
      throw new BuildError(
        `ISA gate: code for the board ${this.board.name} has instructions that its CPU lacks:\n  ${list}`,
      );
    }
    const verdict: Passed = { files, instructions, exempted };
    await writeFile(join(this.ctx.out, 'verdict.json'), JSON.stringify(verdict));
  }

  private async check(
    name: string,
    path: string,
    elf: Elf,
    kernel: boolean,
    flags: readonly string[] = [],
  ): Promise<void> {
    if (this.forbidden.size === 0) return;
    const tools = { objdump: this.objdump, signal: this.ctx.signal };
    const verdict = await checkElf(tools, { path, elf, kernel, flags }, this.forbidden);
    this.instructions += verdict.instructions;
    addCounts(this.exempted, verdict.exempted);
    this.ctx.log.line(`${name}: ${verdict.instructions} instructions, ${verdict.violations.length} refused`);
    for (const violation of verdict.violations) {
      const line = describe(name, violation);
      this.ctx.log.line(line);
      this.failures.push(line);
    }
  }
}

/** How many violations the error names. */
const shown = 10;

function describe(file: string, { section, symbol, address, text, group }: Violation): string {
  const where = symbol === '' ? section : `${section} ${symbol}`;
  return `${file}: ${where}: 0x${address.toString(16)}: ${text.replace(/\s+/g, ' ')} (${group})`;
}

/** ELF files and the kernel below a directory. A compressed module would pass unread: it is refused. */
async function codeFiles(dir: string): Promise<{ path: string; bytes: Buffer }[]> {
  const found: { path: string; bytes: Buffer }[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(dir.length + 1);
    if (/\.ko\.\w+$/.test(path))
      throw new BuildError(
        `ISA gate: /${path} is compressed and cannot be read; the squashfs compresses it anyway`,
      );
    const bytes = await readFile(join(dir, path));
    if (isElf(bytes) || path === 'boot/vmlinuz') found.push({ path, bytes });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function addCounts(to: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(from)) to[key] = (to[key] ?? 0) + count;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
