// SPDX-License-Identifier: MIT

/** Why the engines differ in something; `covers` are the names that the sentence explains. */
export interface Reason {
  readonly why: string;
  readonly covers: RegExp;
  /** Builds that differ in this at all; absent: every one. */
  readonly where?: string;
}

/** Components that only one engine's image has. */
export const packageReasons: readonly Reason[] = [
  {
    why: "Buildroot's e2fsprogs takes libuuid and libblkid from util-linux; our recipe builds its own copies in",
    covers: /^util-linux$/,
  },
  {
    why: "Buildroot's SWUpdate is of 2025 and cannot be built without these; our recipe takes 2022.12, which can",
    covers: /^(json-c|libubootenv|libyaml|libzlib)$/,
  },
];

/** Lines of the kernel's .config. */
export const optionReasons: readonly Reason[] = [
  {
    why: 'Buildroot hides the build machine’s Rust compiler; nothing in the kernel is written in Rust',
    covers: /^CONFIG_RUSTC_/,
    where: 'on a build machine that has one',
  },
  {
    why: 'Buildroot compiles the kernel with the compiler that has a C library, our engine with the one without',
    covers: /^CONFIG_(CC_CAN_LINK(_STATIC)?|AS_WRUSS)[= ]/,
  },
];

/**
 * Files below the root, without those of overlay, kernel and agent. All directories for programs count as one, `bin`:
 * packages differ in whether theirs go to /usr/sbin.
 */
export const fileReasons: readonly Reason[] = [
  {
    why: 'Buildroot links programs with shared libraries; our recipes link them in',
    covers: /^(usr\/)?lib\/lib[\w-]+\.so/,
  },
  {
    why: 'Buildroot installs all of e2fsprogs, our recipe what checks, makes and grows the data partition',
    covers:
      /^(bin\/(badblocks|chattr|compile_et|dumpe2fs|e2freefrag|e2label|e2mmpstatus|e2undo|e4crypt|filefrag|fsck(\.ext[23])?|logsave|lsattr|mk_cmds|mkfs\.ext[23]|mklost\+found|tune2fs|e4crypt)|etc\/mke2fs\.conf|usr\/share\/(et|ss)\/.*)$/,
  },
  {
    why: 'Buildroot installs all of iproute2, our recipe ip, tc, bridge and ss',
    covers:
      /^(bin\/(ctstat|genl|ifstat|lnstat|nstat|routel|rtacct|rtmon|rtstat|arpd)|usr\/lib\/tc\/.*|usr\/share\/iproute2\/.*)$/,
  },
  {
    why: "Buildroot's dropbear has a converter for keys, and a link for keys that we keep elsewhere",
    covers: /^(bin\/dropbearconvert|etc\/dropbear)$/,
  },
  {
    why: "Buildroot's BusyBox brings a script for udhcpc; the agent names its own",
    covers: /^usr\/share\/udhcpc\//,
  },
  {
    why: "Buildroot installs SWUpdate's clients, which our agent does without",
    covers: /^bin\/swupdate-(client|ipc|progress|hawkbitcfg|sysrestart)$/,
  },
  { why: 'programs of the library that SWUpdate wants', covers: /^bin\/fw_(printenv|setenv)$/ },
  {
    why: "Buildroot removes tcpdump's second name, which has the version in it, only of its own version",
    covers: /^bin\/tcpdump\.\d/,
    where: 'with sources by --overrides',
  },
];
