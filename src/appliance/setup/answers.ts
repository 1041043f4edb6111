// SPDX-License-Identifier: MIT
/** What setting up a board works with: answers by the ids of their questions, and what is known of the board. */

/** Answers in the words that their questions accept. */
export type Answers = Readonly<Record<string, string>>;

export interface SetupFacts {
  /** Ethernet ports in the board's order. */
  ports: readonly PortFacts[];
  /** The configuration that setup starts from: what it does not ask for stays. Absent: a new board. */
  base?: string;
}

export interface PortFacts {
  name: string;
  mac?: string;
  carrier: boolean;
  /** What was heard on its cable. */
  heard: readonly Heard[];
}

export type Heard =
  /** A DHCP server answers; `address` is what it offers, with the length of its subnet. */
  | { what: 'dhcp'; vlan?: number; server: string; address?: string }
  /** A PPPoE access concentrator answers. */
  | { what: 'pppoe'; vlan?: number; name: string }
  /** Frames with this tag come in. */
  | { what: 'vlan'; vlan: number };

/** Says that there is none: no uplink more, no DHCP server, no rate. */
export const NONE = 'none';
/** Leaves a secret or a list as it is. */
export const KEEP = 'keep';

export function uplinkId(number: number, what: 'port' | 'name' | 'address' | 'rate'): string {
  return `uplink.${number}.${what}`;
}
