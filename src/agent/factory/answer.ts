// SPDX-License-Identifier: MIT

/** What `plaitctl factory <phase> --json` prints. */
export interface BoardAnswer {
  phase: string;
  /** The kernel's boot_id: another one, and the board was started anew. */
  boot: string;
  /** Of the firmware. */
  version: string;
  /** MAC addresses of the board's ports, in their order. */
  macs: string[];
  measurements: Record<string, number | string | boolean>;
}
