// SPDX-License-Identifier: MIT
/**
 * Applies a plan all or nothing, as a person wants it. What is there is read and compared, the difference is done step by step; when a
 * step fails, the steps before it are undone in reverse, and what the kernel dropped on its own account on the way is
 * put back.
 */
import type { Item } from '../../appliance/plan-types.ts';
import { renderItem } from '../../appliance/render-plan.ts';
import { errorText, type Log } from '../ports.ts';
import { difference, type Step } from './diff.ts';
import type { StateItem } from './items.ts';
import type { OperationPorts, Undo } from './operation.ts';
import { Operations } from './operations.ts';
import { readState } from './state.ts';

export interface ApplyPorts extends OperationPorts {
  log: Log;
  /** Called when the record has changed for good. */
  saveRecord(): void;
}

export interface ApplyOptions {
  /** Asked before each step; true stops the run, which then counts as failed. */
  cancelled?: () => boolean;
  /** Steps that are known to fail for what others left behind: they are not part of this. */
  leave?: ReadonlySet<string>;
}

export type ApplyResult =
  | { ok: true; changes: string[] }
  | { ok: false; changes: string[]; reason: string; undone: boolean };

/** The kernel may drop things as others go (routes with an address): looked at again at most so often. */
export const MAX_ROUNDS = 4;

/** A plan, or a state wanted again; in a plan no device is down. */
export interface Wanted {
  readonly items: readonly (Item | StateItem)[];
}

/** What applying would do, without doing it. */
export function dryRun(ports: OperationPorts, plan: Wanted, leave: ReadonlySet<string> = new Set()): Step[] {
  return difference(readState(ports, plan.items), plan.items).filter((step) => !leave.has(stepText(step)));
}

export async function applyPlan(
  ports: ApplyPorts,
  plan: Wanted,
  options: ApplyOptions = {},
): Promise<ApplyResult> {
  const before = readState(ports, plan.items);
  const recordBefore = structuredCopy(ports.record);
  const operations = new Operations(ports);
  const done: { step: Step; undo: Undo }[] = [];
  const changes: string[] = [];

  const goBack = async (reason: string): Promise<ApplyResult> => {
    ports.log('warning', `going back: ${reason}`);
    const undone = await undoAll(ports, done, before);
    Object.assign(ports.record, recordBefore);
    ports.saveRecord();
    return { ok: false, changes, reason, undone };
  };

  for (let round = 0; ; round++) {
    const current = round === 0 ? before : readState(ports, plan.items);
    const steps = difference(current, plan.items).filter((step) => !options.leave?.has(stepText(step)));
    if (steps.length === 0) break;
    if (round === MAX_ROUNDS) {
      ports.log('warning', `the kernel does not keep it: ${steps.map(stepText).join('; ')}`);
      break;
    }
    for (const step of steps) {
      if (options.cancelled?.()) return goBack('it was cancelled');
      const words = stepText(step);
      try {
        done.push({ step, undo: await operations.perform(step) });
        changes.push(words);
      } catch (error) {
        return goBack(`${words}: ${errorText(error)}`);
      }
    }
  }
  ports.saveRecord();
  return { ok: true, changes };
}

/** Undoes in reverse, services last: they are to start on the files as they were. True when all is as before. */
async function undoAll(
  ports: ApplyPorts,
  done: readonly { step: Step; undo: Undo }[],
  before: readonly StateItem[],
): Promise<boolean> {
  const reversed = [...done].reverse();
  const isService = ({ step }: { step: Step }) => subject(step).kind === 'service';
  for (const { step, undo } of [
    ...reversed.filter((one) => !isService(one)),
    ...reversed.filter(isService),
  ]) {
    try {
      await undo();
    } catch (error) {
      ports.log('warning', `undoing "${stepText(step)}": ${errorText(error)}`);
    }
  }
  return putBack(ports, before);
}

async function putBack(ports: ApplyPorts, before: readonly StateItem[]): Promise<boolean> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const steps = difference(readState(ports, before as readonly Item[]), before);
    if (steps.length === 0) return true;
    const operations = new Operations(ports);
    for (const step of steps) {
      try {
        await operations.perform(step);
      } catch (error) {
        ports.log('error', `putting back "${stepText(step)}": ${errorText(error)}`);
      }
    }
  }
  return false;
}

/** `add route default …` */
export function stepText(step: Step): string {
  // Rule sets and files span lines; the first one names them.
  const [first] = renderItem(subject(step) as Item).split('\n');
  return `${step.do} ${first?.replace(/ \{$/, '')}`;
}

/** The item that a step is about, as it is to be. */
export function subject(step: Step): StateItem {
  return step.do === 'change' ? step.to : step.item;
}

function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
