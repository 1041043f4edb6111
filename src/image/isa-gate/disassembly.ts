// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One instruction, as objdump found it. */
export interface Instruction {
  readonly address: number;
  /** Mnemonic and operands, AT&T syntax. */
  readonly text: string;
  readonly section: string;
  /** The symbol the address lies behind; empty when the file has none. */
  readonly symbol: string;
}

export interface Disassembler {
  /** The program objdump. */
  readonly objdump: string;
  readonly signal: AbortSignal;
}

/**
 * Disassembles all code sections of a file, one instruction after the other; begins anew at each symbol. `flags` are
 * objdump's, to choose a part or another machine. Throws when objdump fails.
 */
export async function disassemble(
  { objdump, signal }: Disassembler,
  file: string,
  flags: readonly string[],
  visit: (instruction: Instruction) => void,
): Promise<void> {
  const argv = ['--disassemble', '--wide', '--no-show-raw-insn', '--disassemble-zeroes', ...flags, file];
  const child = spawn(objdump, argv, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // Awaited below; until then a failure must not count as unhandled.
  ended.catch(() => {});
  const reader = new Reader(visit);
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) reader.line(line);
  const code = await ended;
  if (code !== 0) throw new Error(`objdump could not read ${file} (status ${code}): ${complaint.trim()}`);
}

class Reader {
  private section = '';
  private symbol = '';
  private readonly visit: (instruction: Instruction) => void;

  constructor(visit: (instruction: Instruction) => void) {
    this.visit = visit;
  }

  line(line: string): void {
    const colon = line.indexOf(':\t');
    if (colon > 0) {
      const address = Number.parseInt(line.slice(0, colon), 16);
      const { section, symbol } = this;
      this.visit({ address, text: line.slice(colon + 2).trimEnd(), section, symbol });
    } else if (line.endsWith('>:')) {
      this.symbol = line.slice(line.indexOf('<') + 1, -2);
    } else if (line.startsWith(sectionLine)) {
      this.section = line.slice(sectionLine.length, -1);
      this.symbol = '';
    }
  }
}

const sectionLine = 'Disassembly of section ';
