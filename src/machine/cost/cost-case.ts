// SPDX-License-Identifier: MIT
/** A way through the board whose packets are counted in instructions. */
import type { Bare } from './bare.ts';

export interface CostCase {
  /** As on the command line. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Flows that the load consists of. */
  readonly sessions: number;
  /** TCP connections, whose acknowledgements come back through the board; else UDP. */
  readonly tcp?: boolean;
  readonly setup: Setup;
  /** Ways that packets may leave by (`Forwarded.way`). */
  readonly ways: readonly string[];
  /** Packets are spread over the ways in equal shares. */
  readonly even: boolean;
  /** Compared with another case. */
  readonly over?: {
    readonly name: string;
    /** At most so many percent more instructions. */
    readonly goal?: number;
  };
}

/** How the board is set up. */
export type Setup =
  /** In a name space of its own. */
  | ({ readonly kind: 'bare'; readonly modules?: Modules } & Bare)
  /** As it ships, by its plait.yaml. */
  | {
      readonly kind: 'shipped';
      readonly yaml: string;
      /** Run when that is applied. */
      readonly commands?: readonly string[];
    };

/** Kernel modules, in this order: those of the image, or those on the disk with peers. */
export interface Modules {
  readonly from: 'image' | 'peers';
  readonly names: readonly string[];
}

/** Whether a case needs the disk with peers. */
export function needsPeers({ setup }: CostCase): boolean {
  return setup.kind === 'bare' && setup.modules?.from === 'peers';
}
