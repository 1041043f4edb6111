// SPDX-License-Identifier: MIT
import type { Instructions } from '../board.ts';

/**
 * The group of an instruction as objdump prints it (AT&T syntax), or undefined when every i586 with CMOV has it.
 * Integer SSE on MMX registers (pshufw, movntq, …) counts as MMX: AMD's extended MMX has it, the Geode LX too.
 */
export function classify(text: string): Instructions | undefined {
  const { mnemonic, operands } = split(text);
  if (mnemonic.startsWith('endbr') || mnemonic.startsWith('rdssp')) return 'endbr';
  if (/^nop[lwq]$/.test(mnemonic) || (mnemonic === 'nop' && operands !== '')) return 'nopl';
  if (isVex(mnemonic, operands)) return 'avx';
  if (operands.includes('%xmm') || sseWithoutRegister.has(mnemonic)) return 'sse';
  return undefined;
}

/** Whether a CPU without `forbidden` traps on an instruction of this group: one without SSE has no AVX either. */
export function isForbidden(group: Instructions, forbidden: ReadonlySet<Instructions>): boolean {
  return forbidden.has(group) || (group === 'avx' && forbidden.has('sse'));
}

const sseWithoutRegister = new Set(
  [
    ['ldmxcsr', 'stmxcsr', 'sfence', 'lfence', 'mfence', 'movnti'],
    ['prefetchnta', 'prefetcht0', 'prefetcht1', 'prefetcht2'],
    ['fxsave', 'fxrstor', 'fxsave64', 'fxrstor64'],
  ].flat(),
);

const prefixes = new Set(
  [
    ['lock', 'rep', 'repz', 'repnz', 'data16', 'data32', 'addr16', 'addr32', 'notrack', 'bnd'],
    ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'xacquire', 'xrelease', '{vex}', '{evex}'],
  ].flat(),
);

function split(text: string): { mnemonic: string; operands: string } {
  let rest = text;
  for (;;) {
    const end = rest.search(/\s/);
    const word = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end).trimStart();
    if (rest !== '' && (prefixes.has(word) || word.startsWith('rex'))) continue;
    return { mnemonic: word, operands: rest };
  }
}

function isVex(mnemonic: string, operands: string): boolean {
  return /%[yz]mm/.test(operands) || (mnemonic.startsWith('v') && operands.includes('%xmm'));
}
