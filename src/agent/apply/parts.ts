// SPDX-License-Identifier: MIT
/**
 * Applies a plan part by part, as the agent follows the world. Nothing is undone: a failing item of a shared part stays
 * as it is and the rest goes on; with a failing item of another part the run ends and names the part, since the
 * plan without it is another one.
 */
import { key, type Part } from '../../appliance/plan-types.ts';
import { errorText } from '../ports.ts';
import { difference, type Step } from './diff.ts';
import { type ApplyPorts, MAX_ROUNDS, stepText, subject } from './engine.ts';
import { normalise, type StateItem } from './items.ts';
import { Operations } from './operations.ts';
import { readState } from './state.ts';

export interface Failure {
  /** Absent: something that is left over of a plan before. */
  part?: string;
  /** Key of the item. */
  item: string;
  /** What was tried. */
  step: string;
  /** Why it failed. */
  reason: string;
}

export interface PartsResult {
  changes: string[];
  /** Items of shared parts, and left-overs, that stay as they are. */
  failures: Failure[];
  /** The part that failed: the run ended there. */
  failed?: Failure & { part: string };
  cancelled: boolean;
}

export interface PartsOptions {
  /** Steps that failed before and are to be tried again only later. One with another aim is another step. */
  leave: ReadonlySet<string>;
  /** Names of shared parts whose failure ends the run too. */
  essential: readonly string[];
  cancelled: () => boolean;
}

export async function applyParts(
  ports: ApplyPorts,
  plan: PlanOfState,
  options: PartsOptions,
): Promise<PartsResult> {
  const owners = ownersOf(plan);
  const operations = new Operations(ports);
  const result: PartsResult = { changes: [], failures: [], cancelled: false };
  const left = new Set<string>();
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const steps = difference(readState(ports, plan.items), plan.items).filter(
        (step) => !left.has(key(subject(step))) && !options.leave.has(stepText(step)),
      );
      if (steps.length === 0) return result;
      for (const step of steps) {
        const item = key(subject(step));
        if (left.has(item)) continue;
        if (options.cancelled()) return { ...result, cancelled: true };
        const reason = await attempt(operations, step);
        if (reason === undefined) {
          result.changes.push(stepText(step));
          continue;
        }
        left.add(item);
        const owner = owners.get(item);
        const failure = { item, step: stepText(step), reason };
        if (owner === undefined) result.failures.push(failure);
        else if (owner.shared && !options.essential.includes(owner.name))
          result.failures.push({ ...failure, part: owner.name });
        else return { ...result, failed: { ...failure, part: owner.name } };
      }
    }
    ports.log('warning', 'the kernel does not keep what was set');
    return result;
  } finally {
    ports.saveRecord();
  }
}

/** A plan in which devices may be held down. */
export interface PlanOfState {
  readonly parts: readonly (Omit<Part, 'items'> & { readonly items: readonly StateItem[] })[];
  readonly items: readonly StateItem[];
}

function ownersOf(plan: PlanOfState): Map<string, { name: string; shared: boolean }> {
  return new Map(
    plan.parts.flatMap((part) => part.items.map((item) => [key(normalise(item)), part] as const)),
  );
}

/** Why the step failed; undefined when it is done. */
async function attempt(operations: Operations, step: Step): Promise<string | undefined> {
  try {
    await operations.perform(step);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
