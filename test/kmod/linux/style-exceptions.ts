// SPDX-License-Identifier: MIT
/** Findings of checkpatch that stay, each with its reason. One that is not found any more fails the test. */

export interface Exception {
  /** checkpatch's own name for the kind of finding. */
  readonly type: string;
  /** Where: the beginning of a path below src/kmod. */
  readonly path: string;
  /** Words of the finding. Default: any. */
  readonly words?: string;
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    type: 'CONSTANT_COMPARISON',
    path: 'linux/compat-include/',
    reason: 'LINUX_VERSION_CODE counts as a constant, and stands on the left in the kernel, too',
  },
  {
    type: 'LINUX_VERSION_CODE',
    path: 'linux/compat-include/',
    reason: 'modules outside of the kernel build for several; only these files ask for the version',
  },
  {
    type: 'MACRO_WITH_FLOW_CONTROL',
    path: 'linux/compat-include/net/rtnetlink.h',
    reason: 'the macro defines a whole function, whose return is no flow of the place where it stands',
  },
  {
    type: 'CAMELCASE',
    path: 'linux/compat-include/net/sch_generic.h',
    words: '_Generic',
    reason: 'C11',
  },
  {
    type: 'SPACING',
    path: 'linux/compat-include/net/sch_generic.h',
    reason: 'the colons of _Generic are taken for those of ?:',
  },
  {
    type: 'TRAILING_STATEMENTS',
    path: 'linux/compat-include/net/sch_generic.h',
    reason: 'default: of _Generic is taken for that of switch',
  },
  {
    type: 'TABSTOP',
    path: 'linux/compat-include/net/sch_generic.h',
    reason: 'default: of _Generic is taken for that of switch',
  },
  { type: 'CAMELCASE', path: 'linux/plait_link/', words: 'Qdisc', reason: "the kernel's own name" },
  {
    type: 'PREFER_ETHTOOL_PUTS',
    path: 'linux/plait_link/ethtool.c',
    reason: 'ethtool_puts() came with Linux 6.8, the modules build for 6.1',
  },
  {
    type: 'BIT_MACRO',
    path: 'core/',
    reason: 'the portable core has no header of the kernel, and so no BIT()',
  },
];

/** Kinds that are not asked for at all. */
export const UNASKED: Readonly<Record<string, string>> = {
  TYPO_SPELLING: 'British spelling: acknowledgement',
  SPDX_LICENSE_TAG:
    'uapi headers carry the syscall note, which can not be looked up outside of a kernel tree',
  FILE_PATH_CHANGES: 'for patches: MAINTAINERS',
};

const COUNTS = 'sparse counts locks function by function';

/** Findings of sparse that stay. One that is not found any more fails the test. */
export const SPARSE_EXCEPTIONS: readonly Pick<Exception, 'path' | 'words' | 'reason'>[] = [
  {
    path: 'linux/plait_link/leaving.c',
    words: "context imbalance in 'plait_leaving_send_one'",
    reason: `gives up the lock of its caller, and takes it again: ${COUNTS}`,
  },
  {
    path: 'linux/plait_core/buffer/connection.c',
    words: "context imbalance in 'plait_set_lock'",
    reason: `takes a lock for its caller: ${COUNTS}`,
  },
  {
    path: 'linux/plait_core/buffer/hook.c',
    words: "context imbalance in 'plait_buffer_data'",
    reason: `gives up what plait_set_lock() took: ${COUNTS}`,
  },
];
