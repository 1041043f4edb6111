// SPDX-License-Identifier: MIT
/** What a board must be after a power cut, whenever it came: it starts a whole version, and has its configuration. */
import { eachLimited } from '../../../src/image/each-limited.ts';
import { type Cut, cutText, momentOf } from '../../../src/machine/write-log/cut.ts';
import { DiskAfterCut, type DiskBefore } from '../../../src/machine/write-log/disk-after-cut.ts';
import type { Writes } from '../../../src/machine/write-log/write-log.ts';
import { type BootFacts, type BootReader, startsOf } from './boot-facts.ts';
import type { DataFacts, DataReader } from './data-facts.ts';
import { allowedAt, type Change } from './history.ts';

/** What may be expected of the card during a run. */
export interface Expectations {
  /** Version that is started next. */
  readonly versions: readonly Change<string>[];
  /** Text of the configuration in force. */
  readonly configurations: readonly Change<string>[];
  /** Questions of setup whose answers are kept, by their names. */
  readonly answers: readonly Change<string>[];
  /** Before this moment the file system is being grown: a cut may leave it so that only `e2fsck -y` puts it right. */
  readonly grown: number;
}

export interface Fault {
  readonly cut: string;
  readonly what: string;
}

export interface Outcome {
  readonly cuts: number;
  readonly faults: readonly Fault[];
}

export interface Scene {
  readonly log: Writes;
  readonly before: DiskBefore;
  readonly boot: BootReader;
  /** Absent: only the slots are looked at. */
  readonly data?: DataReader;
  readonly expected: Expectations;
}

/** More power cycles than both slots have tries. */
const CYCLES = 10;
/** File systems that are looked at at a time. */
const AT_A_TIME = 4;

export async function judgeAll(scene: Scene, cuts: readonly Cut[]): Promise<Outcome> {
  const faults: Fault[] = [];
  await eachLimited(cuts, AT_A_TIME, async (cut) => {
    for (const what of await faultsAfter(scene, cut)) faults.push({ cut: cutText(cut), what });
  });
  return { cuts: cuts.length, faults };
}

async function faultsAfter(scene: Scene, cut: Cut): Promise<string[]> {
  const disk = new DiskAfterCut(scene.before, scene.log, cut);
  const moment = momentOf(cut);
  const faults = bootFaults(scene.boot.read(disk), scene.expected, moment);
  if (scene.data !== undefined)
    faults.push(...dataFaults(await scene.data.read(disk), scene.expected, moment));
  return faults;
}

export function bootFaults(facts: BootFacts, { versions }: Expectations, moment: number): string[] {
  const starts = startsOf(facts, CYCLES);
  const told = `slot a: ${facts.slots.a}, slot b: ${facts.slots.b}, starts: ${starts.join(' ')}`;
  const faults: string[] = [];
  const bad = starts.find((start) => start === 'damaged' || start === 'nothing');
  if (bad !== undefined) faults.push(`it starts something that is ${bad} (${told})`);
  const allowed = allowedAt(versions, moment);
  if (!allowed.includes(starts[0] ?? ''))
    faults.push(`it starts ${starts[0]}, and not ${allowed.join(' or ')} (${told})`);
  return faults;
}

export function dataFaults(
  { repaired, broken, source, text, reason, answers = '' }: DataFacts,
  { configurations, answers: given, grown }: Expectations,
  moment: number,
): string[] {
  if (broken !== undefined) return [`the file system is damaged: ${broken}`];
  const faults: string[] = [];
  if (repaired !== undefined && moment >= grown)
    faults.push(`the file system was damaged and had to be repaired: ${repaired}`);
  if (source !== 'confirmed') faults.push(`it starts from ${source}: ${reason}`);
  const allowed = allowedAt(configurations, moment);
  if (!allowed.includes(text ?? ''))
    faults.push(
      `its configuration is ${JSON.stringify(text)}, and not ${allowed.map((one) => JSON.stringify(one)).join(' or ')}`,
    );
  const kept = allowedAt(given, moment);
  if (!kept.includes(answers))
    faults.push(`setup has answers to "${answers}", and not to "${kept.join('" or "')}"`);
  if (reason !== undefined && source === 'confirmed')
    faults.push(`it does not start from its newest configuration: ${reason}`);
  return faults;
}
