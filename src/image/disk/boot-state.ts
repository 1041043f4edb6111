// SPDX-License-Identifier: MIT
import { fullTries } from '../boot/grub-config.ts';

/** The boot state of a fresh image: slot a, all tries left, both blocks whole. */
export function initialBlocks(): [string, string] {
  return [block(0), block(1)];
}

function block(seq: number): string {
  const lines = [`seq=${seq}`, 'active=a', `tries_a=${fullTries}`, `tries_b=${fullTries}`, `lock=${seq}`];
  return `# GRUB Environment Block\n${lines.join('\n')}\n`.padEnd(1024, '#');
}
