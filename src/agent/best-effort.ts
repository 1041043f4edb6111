// SPDX-License-Identifier: MIT
/**
 * Puts a configuration in force as far as it can be had. A part that fails is left out, and the plan is made anew
 * without it, so that nothing that others share (default routes, balancing, name servers) counts on it any more.
 */
import { FIREWALL_PART, uplinkPart } from '../appliance/part-names.ts';
import type { Plan } from '../appliance/plan-types.ts';
import type { Failure, PartsOptions, PartsResult } from './apply/parts.ts';
import type { FailedParts } from './failed-parts.ts';

export interface BestEffort {
  /** The plan without these parts. */
  planWithout(parts: readonly string[]): Plan;
  apply(plan: Plan, options: Pick<PartsOptions, 'leave' | 'essential'>): Promise<PartsResult>;
  /** A firewall is in force, be it an older one. */
  hasFirewall(): boolean;
  /** Names of the uplinks, and which items of the plan count on one, by their keys. */
  uplinks: readonly string[];
  countsOn(plan: Plan, item: string, uplink: string): boolean;
}

export interface Outcome {
  plan: Plan;
  changes: string[];
  /** Failures that were not known before. */
  news: Failure[];
  cancelled: boolean;
}

export async function applyBestEffort(source: BestEffort, known: FailedParts): Promise<Outcome> {
  const out = new Set(known.leftOut);
  const leave = new Set(known.leftAsTheyAre);
  const failedParts: (Failure & { part: string })[] = [];
  const failedItems: Failure[] = [];
  const changes: string[] = [];
  let trials = 0;

  const run = async (without: ReadonlySet<string>) => {
    const plan = source.planWithout([...without]);
    const essential = source.hasFirewall() ? [] : [FIREWALL_PART];
    const result = await source.apply(plan, { leave, essential });
    changes.push(...result.changes);
    return { plan, result };
  };

  const leaveOut = (failure: Failure & { part: string }): void => {
    // Else a part that a plan holds without it would be tried for ever.
    const known = out.has(failure.part);
    if (!known) failedParts.push(failure);
    out.add(failure.part);
    // The plan without a firewall still holds it, and nothing that would need it.
    if (failure.part === FIREWALL_PART || known) leave.add(failure.step);
  };

  /**
   * An item that several uplinks share failed though each of them is up: tried without one after the other. What is known
   * was looked into when it was new.
   */
  const findCulprit = async (plan: Plan, failure: Failure): Promise<string | undefined> => {
    if (known.knows(failure)) return undefined;
    for (const uplink of source.uplinks) {
      const part = uplinkPart(uplink);
      if (out.has(part) || !source.countsOn(plan, failure.item, uplink)) continue;
      trials++;
      const { result } = await run(new Set([...out, part]));
      const remains = result.failures.some(({ item }) => item === failure.item);
      if (result.failed === undefined && !remains && !result.cancelled) return part;
    }
    return undefined;
  };

  for (;;) {
    const { plan, result } = await run(out);
    if (result.cancelled) return { plan, changes, news: [], cancelled: true };
    if (result.failed !== undefined) {
      leaveOut(result.failed);
      continue;
    }
    let culprit: (Failure & { part: string }) | undefined;
    trials = 0;
    for (const failure of result.failures) {
      const part = await findCulprit(plan, failure);
      if (part !== undefined) culprit ??= { ...failure, part };
      if (culprit !== undefined) break;
      failedItems.push(failure);
      leave.add(failure.step);
    }
    if (culprit !== undefined) leaveOut(culprit);
    // After trials the kernel has the last of them.
    if (culprit === undefined && trials === 0) {
      return { plan, changes, news: known.update(failedParts, failedItems), cancelled: false };
    }
  }
}
