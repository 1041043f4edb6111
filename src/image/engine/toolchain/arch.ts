// SPDX-License-Identifier: MIT
import type { Board } from '../../board.ts';
import type { PackageRequest } from '../../sources/sources.ts';

/** How one CPU architecture is called by those who have to do with it. */
export interface Arch {
  /** Debian's name of the compiler's target. */
  readonly gnu: string;
  /** The target of what is built here. */
  readonly target: string;
  /** `ARCH=` of the kernel's makefiles. */
  readonly kernel: string;
  /** musl's name, as in ld-musl-i386.so.1. */
  readonly musl: string;
  /** Debian's binary packages that hold gcc and binutils for it. */
  readonly compiler: readonly PackageRequest[];
}

/**
 * gcc 12 of bookworm: the newest that runs on a bare Debian 12 (trixie's wants glibc 2.38) and whose i686 libgcc is
 * free of SSE, NOPL and ENDBR in all that C code pulls. The libraries it needs come along, so that the machine's own
 * do not matter.
 */
function compiler(packages: readonly string[]): PackageRequest[] {
  const libraries = [
    'libbinutils',
    'libctf0',
    'libctf-nobfd0',
    'libgmp10',
    'libisl23',
    'libjansson4',
    'libmpc3',
  ];
  return [...packages, ...libraries, 'libmpfr6', 'libzstd1', 'zlib1g'].map((name) => ({
    name,
    releases: ['bookworm'],
  }));
}

const archs: Readonly<Record<Board['cpu']['arch'], Arch>> = {
  i386: {
    gnu: 'i686-linux-gnu',
    target: 'i586-linux-musl',
    kernel: 'i386',
    musl: 'i386',
    compiler: compiler([
      'binutils-i686-linux-gnu',
      'cpp-12-i686-linux-gnu',
      'gcc-12-i686-linux-gnu',
      'libgcc-12-dev-i386-cross',
    ]),
  },
  x86_64: {
    gnu: 'x86_64-linux-gnu',
    target: 'x86_64-linux-musl',
    kernel: 'x86_64',
    musl: 'x86_64',
    compiler: compiler(['binutils-x86-64-linux-gnu', 'cpp-12', 'gcc-12', 'libgcc-12-dev']),
  },
};

export function archOf(board: Board): Arch {
  return archs[board.cpu.arch];
}
