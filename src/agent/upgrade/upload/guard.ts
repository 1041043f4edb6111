// SPDX-License-Identifier: MIT
/**
 * A table of the firewall that stands only while uploads are taken: by no device but the LAN's can the port be reached, whatever
 * rules a configuration has. The socket is bound to the LAN's device as well. Rules that keep the LAN from the box still do.
 */
import {
  accept,
  baseChain,
  destinationPort,
  drop,
  iifname,
  protocol,
  rule,
} from '../../../appliance/nft/build.ts';
import { PRIORITIES } from '../../../appliance/nft/names.ts';
import type { Table } from '../../../appliance/nft/types.ts';
import type { Kernel } from '../../kernel.ts';

/** With this beginning `plaitctl show firewall` shows it. */
const NAME = 'plait_upload';

export type GuardKernel = Pick<Kernel, 'putTable' | 'deleteTable'>;

export function guardTable(lanDevice: string, port: number): Table {
  const before = {
    type: 'filter',
    hook: 'input',
    priority: PRIORITIES.filter - 1,
    policy: 'accept',
  } as const;
  const rules = [
    // Goes on to the firewall's own chain.
    rule(iifname(lanDevice), accept),
    rule(protocol('tcp'), destinationPort({ from: port, to: port }), drop),
  ];
  return {
    family: 'inet',
    name: NAME,
    helpers: [],
    chains: [baseChain('input', before, rules)],
  };
}

export function putGuard(kernel: GuardKernel, lanDevice: string, port: number): void {
  kernel.putTable(guardTable(lanDevice, port));
}

/** That there is none is no error. */
export function dropGuard(kernel: GuardKernel): void {
  kernel.deleteTable('inet', NAME);
}
