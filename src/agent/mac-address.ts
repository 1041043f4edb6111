// SPDX-License-Identifier: MIT
import type { Files } from './ports.ts';

/** Of a device; undefined: it has none, or is not there. */
export function macOf(files: Files, device: string): number[] | undefined {
  const bytes = files.read(`/sys/class/net/${device}/address`)?.trim().split(':') ?? [];
  return bytes.length === 6 ? bytes.map((byte) => Number.parseInt(byte, 16)) : undefined;
}
