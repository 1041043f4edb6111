// SPDX-License-Identifier: MIT
import type { Instruction } from './disassembly.ts';

/**
 * The one list of places in the kernel where an instruction may stand that the board's CPU lacks, because the kernel
 * never executes it there on such a CPU. Programs have no such places.
 */
const exemptions: readonly { readonly reason: string; readonly covers: (at: Instruction) => boolean }[] = [
  {
    reason:
      'replacement code, copied over the original only on CPUs with the feature (arch/x86/kernel/alternative.c)',
    covers: ({ section }) => section === '.altinstr_replacement',
  },
  {
    reason: 'FPU state of CPUs with FXSR, behind use_fxsr() (arch/x86/kernel/fpu/core.c and signal.c)',
    covers: within(/^fx(save|rstor)\b/, [
      'fxrstor',
      'fxrstor_from_user_sigframe',
      'save_fpregs_to_fpstate',
      'save_fsave_header',
      '__fpu_restore_sig',
      'copy_fpstate_to_sigframe',
    ]),
  },
  {
    reason: 'behind boot_cpu_has(X86_FEATURE_FXSR) (arch/x86/kernel/fpu/init.c)',
    covers: within(/^fxsave\b/, ['fpu__init_system']),
  },
  {
    reason: 'behind boot_cpu_has(X86_FEATURE_XSAVE) (arch/x86/kernel/fpu/xstate.c)',
    covers: within(/^fxsave\b/, ['fpu__init_system_xstate']),
  },
  {
    reason: 'behind boot_cpu_has(X86_FEATURE_XMM) (arch/x86/kernel/fpu/core.c)',
    covers: within(/^ldmxcsr\b/, ['kernel_fpu_begin_mask']),
  },
  {
    reason: 'behind static_cpu_has(X86_FEATURE_XMM2) (arch/x86/lib/usercopy_32.c)',
    covers: within(/^(movnti|sfence)\b/, ['copy_from_user_inatomic_nontemporal']),
  },
];

/** Why an instruction in the kernel is not executed on a CPU that lacks it; undefined when nothing says so. */
export function exemption(instruction: Instruction): string | undefined {
  return exemptions.find(({ covers }) => covers(instruction))?.reason;
}

function within(instruction: RegExp, functions: readonly string[]): (at: Instruction) => boolean {
  return ({ text, symbol }) => instruction.test(text) && functions.includes(symbol);
}
