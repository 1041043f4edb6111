// SPDX-License-Identifier: MIT
import type { BomEntry } from '../engine/engine.ts';
import type { PackageInfo } from '../sources/sources.ts';

/** `manifest.json`: what an image was made of and what came out. The pipeline adds `build`, the times. */
export interface Manifest {
  readonly plait: string;
  readonly board: string;
  /** What made the parts, and what it says of itself: releases, toolchain. */
  readonly engine: { readonly name: string; readonly [fact: string]: unknown };
  /** SOURCE_DATE_EPOCH of the build, in seconds. */
  readonly epoch: number;
  /** Commit of the checkout, with `-dirty` when files in it were changed; null outside a checkout. */
  readonly revision: string | null;
  /** As in the image's /etc/plait-release. */
  readonly buildId: string;
  /** What is published, with sizes in bytes. */
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
  readonly slot: { readonly size: number; readonly limit: number; readonly unpacked: number };
  /** Bytes in the root file system by what brought them, the largest first. */
  readonly sizes: readonly { readonly part: string; readonly files: number; readonly bytes: number }[];
  readonly isaGate: IsaGateFacts;
  readonly components: readonly Omit<BomEntry, 'licenseFiles' | 'changelog'>[];
  /** Every Debian package that was fetched, compilers and boot loader too. */
  readonly packages: readonly Pick<PackageInfo, 'kind' | 'package' | 'version' | 'suite' | 'files'>[];
  /** Versions of the build machine's own tools. */
  readonly hostPackages: Readonly<Record<string, string>>;
}

export interface IsaGateFacts {
  readonly files: number;
  readonly instructions: number;
  /** Instructions in guarded places of the kernel, by the reason why they are not executed. */
  readonly exempted: Readonly<Record<string, number>>;
}

/** The table of sizes for the end of a build, a line each. */
export function sizeLines({ sizes, slot, isaGate }: Pick<Manifest, 'sizes' | 'slot' | 'isaGate'>): string[] {
  const width = Math.max(...['root, unpacked', ...sizes.map(({ part }) => part)].map((text) => text.length));
  const percent = ((100 * slot.size) / slot.limit).toFixed(0);
  const guarded = Object.values(isaGate.exempted).reduce((sum, count) => sum + count, 0);
  return [
    ...sizes.map(({ part, bytes }) => `${part.padEnd(width)}  ${kilobytes(bytes)}`),
    `${'root, unpacked'.padEnd(width)}  ${kilobytes(slot.unpacked)}`,
    `${'slot'.padEnd(width)}  ${kilobytes(slot.size)}  ${percent} % of its limit`,
    `ISA gate: ${isaGate.files} files, ${isaGate.instructions} instructions read, ${guarded} in guarded places of the kernel`,
  ];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0).padStart(6)} kB`;
}
