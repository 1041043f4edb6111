// SPDX-License-Identifier: MIT
/**
 * Rules of plait links in memory, as RULES_SET and RULES_GET of src/kmod/uapi/plait.h have them: what the manual says is
 * refused is refused. Packets, which they count, are the test's.
 */
import { KernelError } from '../../../src/agent/kernel.ts';
import type { LegRules, LegRulesState, RuleCounters } from '../../../src/agent/netlink/plait-rules.ts';
import type { LegRule } from '../../../src/appliance/plan-types.ts';
import type { Devices } from './fake-udp.ts';

const RULES_MAX = 16;
const LEGS_MAX = 8;
const COPIES_MAX = 2;
const NAME_MAX = 15;
const NONE: RuleCounters = { packets: 0, elsewhere: 0, copied: 0, dropped: 0 };

export class FakeRules {
  #devices: Devices;
  #links = new Map<number, LegRulesState>();
  /** The module has these commands. */
  known = true;
  /** Requests that changed something: `hq 2 rules`. */
  readonly requests: string[] = [];

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  set(link: number, { mask, rules }: LegRules): void {
    if (!this.known) throw new KernelError('EOPNOTSUPP', 'not supported');
    this.#devices.tick(link);
    const device = this.#devices.find(link);
    if (device === undefined) throw new KernelError('ENODEV', `no device ${link}`);
    if (!device.plait) throw new KernelError('EOPNOTSUPP', `${device.name} is no plait link`);
    if (rules.length > RULES_MAX) throw new KernelError('EINVAL', 'too many rules');
    if (new Set(rules.map(({ mark }) => mark)).size < rules.length)
      throw new KernelError('EINVAL', 'two rules of one mark');
    for (const rule of rules) mustFit(rule, mask);
    const before = this.#links.get(link)?.rules ?? [];
    const counted = rules.map((rule) => {
      const { packets, elsewhere, copied, dropped } = before.find(({ mark }) => mark === rule.mark) ?? NONE;
      return { ...structuredClone(rule), packets, elsewhere, copied, dropped };
    });
    this.#links.set(link, { mask, rules: counted });
    this.requests.push(`${device.name} ${rules.length} rules`);
  }

  /** As the agent has it from the kernel. */
  of(link: number): LegRulesState | undefined {
    const state = this.#links.get(link);
    return !this.known || state === undefined || state.rules.length === 0
      ? undefined
      : structuredClone(state);
  }

  /** Packets leave by a rule. */
  count(link: string, mark: number, counters: Partial<RuleCounters>): void {
    for (const [index, { rules }] of this.#links) {
      if (this.#devices.find(index)?.name !== link) continue;
      const rule = rules.find((one) => one.mark === mark);
      if (rule === undefined) throw new Error(`${link} has no rule of mark ${mark}`);
      Object.assign(rule, counters);
    }
  }

  /** The link is gone. */
  forget(link: number): void {
    this.#links.delete(link);
  }

  snapshot(): string[] {
    return [...this.#links]
      .filter(([, { rules }]) => rules.length > 0)
      .map(([index, state]) => JSON.stringify([this.#devices.find(index)?.name, state]));
  }
}

function mustFit({ mark, legs, copies }: LegRule, mask: number): void {
  if ((mark & ~mask) !== 0) throw new KernelError('EINVAL', 'the mark has bits that the mask has not');
  if (copies < 1 || copies > COPIES_MAX) throw new KernelError('ERANGE', 'copies out of range');
  if (legs === undefined) return;
  if (legs.length < 1 || legs.length > LEGS_MAX) throw new KernelError('EINVAL', 'too few legs, or too many');
  if (legs.some((name) => name.length < 1 || name.length > NAME_MAX))
    throw new KernelError('ERANGE', 'name out of range');
}
