// SPDX-License-Identifier: MIT
/** Does single steps: hands each to the operations of its kind. */
import type { Step } from './diff.ts';
import type { StateItem } from './items.ts';
import { balance } from './kinds/balance.ts';
import { fastPath } from './kinds/fast-path.ts';
import { file } from './kinds/files.ts';
import { legRules } from './kinds/leg-rules.ts';
import { leg } from './kinds/legs.ts';
import { fou, link } from './kinds/links.ts';
import { key, peer } from './kinds/peers.ts';
import { qdisc } from './kinds/qdiscs.ts';
import { address, route, rule } from './kinds/routing.ts';
import { service } from './kinds/services.ts';
import { hostname, sysctl } from './kinds/settings.ts';
import { table } from './kinds/table.ts';
import { udpLeg } from './kinds/udp-legs.ts';
import { type Context, Devices, type Done, type KindOperations, type OperationPorts } from './operation.ts';

const KINDS: { readonly [K in StateItem['kind']]: KindOperations<K> } = {
  sysctl,
  hostname,
  link,
  fou,
  key,
  peer,
  'udp-leg': udpLeg,
  qdisc,
  address,
  route,
  rule,
  leg,
  'leg-rules': legRules,
  balance,
  'fast-path': fastPath,
  table,
  file,
  service,
};

export class Operations {
  #context: Context;

  constructor(ports: OperationPorts) {
    this.#context = { ...ports, devices: new Devices(ports.kernel) };
  }

  perform(step: Step): Done {
    switch (step.do) {
      case 'add':
        return operationsOf(step.item).add(this.#context, step.item);
      case 'remove':
        return operationsOf(step.item).remove(this.#context, step.item);
      case 'change': {
        const operations = operationsOf(step.to);
        return operations.change
          ? operations.change(this.#context, step.from, step.to)
          : operations.add(this.#context, step.to);
      }
    }
  }
}

/** Both sides of a change have one key, and so one kind. */
function operationsOf<K extends StateItem['kind']>(item: { kind: K }): KindOperations<K> {
  return KINDS[item.kind];
}
