// SPDX-License-Identifier: MIT
import type { Instructions } from '../board.ts';
import type { Elf, Section } from '../elf.ts';
import { classify, isForbidden } from './classify.ts';
import { type Disassembler, disassemble, type Instruction } from './disassembly.ts';
import { exemption } from './exemptions.ts';

/** An instruction that the board's CPU does not have. */
export interface Violation extends Instruction {
  readonly group: Instructions;
}

export interface Verdict {
  readonly instructions: number;
  readonly violations: readonly Violation[];
  /** What was found but is never executed on such a CPU, by the reason (see exemptions.ts). */
  readonly exempted: Readonly<Record<string, number>>;
}

export interface Subject {
  readonly path: string;
  readonly elf: Elf;
  /** Kernel code is patched and guarded by the kernel; programs have no such excuse. */
  readonly kernel: boolean;
  /** Flags for objdump; 16-bit code needs its own. */
  readonly flags?: readonly string[];
}

/**
 * Looks at every instruction of an ELF file.
 *
 * A disassembler reads from front to back, so data between code could hide an instruction or feign one. gcc puts
 * jump tables in .rodata on x86, so sections of code hold code; the reading begins anew at each symbol; and each
 * branch must lead to the begin of an instruction that was read: where one does not, the reading had lost its step,
 * and that place is read again from the branch's target. (In a relocatable file, a kernel module, targets are not
 * known before it is loaded; there the symbols are complete.)
 */
export async function checkElf(
  tools: Disassembler,
  subject: Subject,
  forbidden: ReadonlySet<Instructions>,
): Promise<Verdict> {
  const found = new Findings(subject, forbidden);
  const steps = new Steps(subject.elf);
  await disassemble(tools, subject.path, subject.flags ?? [], (instruction) => {
    found.look(instruction);
    steps.note(instruction);
  });
  if (!subject.elf.relocatable) {
    for (let lost = steps.nextMissed(); lost; lost = steps.nextMissed())
      await readAgain(tools, subject, lost, steps, found);
  }
  return found.verdict();
}

/** Reads from a branch's target on until the reading meets instructions that were read before. */
async function readAgain(
  tools: Disassembler,
  subject: Subject,
  { section, target }: Missed,
  steps: Steps,
  found: Findings,
): Promise<void> {
  const end = section.address + section.size;
  let inStep = false;
  for (let from = target; !inStep && from < end; ) {
    const last = from;
    const range = [`--start-address=${from}`, `--stop-address=${Math.min(from + 256, end)}`];
    await disassemble(tools, subject.path, [...(subject.flags ?? []), ...range], (instruction) => {
      if (instruction.section !== section.name || inStep) return;
      if (instruction.address > last && steps.has(instruction)) inStep = true;
      else found.look(instruction);
      steps.note(instruction);
      from = instruction.address;
    });
    if (from === last) return;
  }
}

interface Missed {
  readonly section: Section;
  readonly target: number;
}

class Findings {
  private instructions = 0;
  private readonly violations: Violation[] = [];
  private readonly exempted: Record<string, number> = {};
  private readonly subject: Subject;
  private readonly forbidden: ReadonlySet<Instructions>;

  constructor(subject: Subject, forbidden: ReadonlySet<Instructions>) {
    this.subject = subject;
    this.forbidden = forbidden;
  }

  look(instruction: Instruction): void {
    this.instructions++;
    const group = classify(instruction.text);
    if (group === undefined || !isForbidden(group, this.forbidden)) return;
    const reason = this.subject.kernel ? exemption(instruction) : undefined;
    if (reason === undefined) this.violations.push({ ...instruction, group });
    else this.exempted[reason] = (this.exempted[reason] ?? 0) + 1;
  }

  verdict(): Verdict {
    return { instructions: this.instructions, violations: this.violations, exempted: this.exempted };
  }
}

/** Where instructions begin, a mark per byte of code, and where branches lead. */
class Steps {
  private readonly marks = new Map<string, Uint8Array>();
  private readonly sections: ReadonlyMap<string, Section>;
  private readonly targets = new Set<number>();

  constructor(elf: Elf) {
    this.sections = new Map(elf.sections.filter((s) => s.executable).map((s) => [s.name, s]));
    for (const [name, section] of this.sections) this.marks.set(name, new Uint8Array(section.size));
  }

  note({ address, text, section }: Instruction): void {
    const at = this.sections.get(section);
    const marks = this.marks.get(section);
    if (at && marks) marks[address - at.address] = 1;
    const target = branchTarget(text);
    if (target !== undefined) this.targets.add(target);
  }

  has({ address, section }: Instruction): boolean {
    return this.marks.get(section)?.[address - (this.sections.get(section)?.address ?? 0)] === 1;
  }

  /** A branch target that no instruction begins at; each is given once. */
  nextMissed(): Missed | undefined {
    for (const target of this.targets) {
      this.targets.delete(target);
      for (const section of this.sections.values()) {
        const at = target - section.address;
        if (at >= 0 && at < section.size && !this.marks.get(section.name)?.[at]) return { section, target };
      }
    }
    return undefined;
  }
}

/** The address in `jne    8049180 <main+0x20>` and in `call 0x1234`; undefined for other instructions. */
function branchTarget(text: string): number | undefined {
  const match =
    /^(?:(?:bnd|notrack|repz|repnz|cs|ds|addr16|data16) )*(?:j\w+|call\w*|loop\w*) +(?:0x)?([0-9a-f]+)(?: <|$|,)/.exec(
      text,
    );
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}
