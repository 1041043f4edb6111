// SPDX-License-Identifier: MIT
/** The tests of a recording: the short form runs with all others, the long one before a release. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { emulatorPackages } from '../../../src/machine/firmware.ts';
import { betweenEntries, lostCaches } from '../../../src/machine/write-log/cut.ts';
import { needs } from '../../image/needs.ts';
import { suite } from '../../support/suite.ts';
import { type ShippedImage, shippedImage } from '../images.ts';
import { bootsWhole, differentForAll, differentForGrub, grubChoosesAsTold } from './boots.ts';
import { cutsOf, lying, mustSurvive, stretchOf } from './every-cut.ts';
import { judgeAll } from './judge.ts';
import { type Recording, record } from './recording.ts';
import { type OpenScene, openScene } from './scene.ts';

export interface Extent {
  /** Names of the steps that are cut. */
  readonly steps: readonly string[];
  /** Also an upgrade that the agent itself finds bad. */
  readonly proof: boolean;
  /** Parts of a lost cache, for each flush. */
  readonly lost: number;
  /** Power cycles after each different cut that GRUB is watched through. */
  readonly cycles: number;
  /** After which cuts the board is started. */
  readonly boots: 'around the switch' | 'every entry';
}

interface Context {
  folder: string;
  image: ShippedImage;
  recording: Recording;
  scene: OpenScene;
}

export const SHORT_STEPS = [
  'first boot',
  'apply and confirm',
  'setup answers',
  'upgrade',
  'trial and confirmation',
  'upgrade to a version that does not start',
  'rollback by the boot loader',
];
export const PROOF_STEPS = ['upgrade to a version that does not work', 'rollback by the agent'];

/** What a disk that only says that it flushes makes of some steps. */
const LOST_BY_A_LIE = [
  ['apply and confirm', /its configuration is/],
  ['upgrade', /starts something that is damaged/],
] as const;

export async function prove({ steps, proof, lost, cycles, boots }: Extent): Promise<void> {
  await needs(...emulatorPackages('bios'));
  const cuts = suite<Context>('A board whose power is cut at any write');

  cuts.before(async (context) => {
    context.folder = mkdtempSync(join(tmpdir(), 'plait-power-cut-'));
    context.image = await shippedImage('alix');
    context.recording = await record(context.image, context.folder, { proof });
    context.scene = await openScene(context.recording, context.image, context.folder);
  });
  cuts.after(({ folder, scene }) => {
    scene?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const step of steps) {
    cuts(`starts a whole version with its configuration: ${step}`, async ({ scene, recording }) => {
      const stretch = stretchOf(recording, step);
      assert.ok(stretch.to - stretch.from > 10, `only ${stretch.to - stretch.from} entries`);
      await mustSurvive(scene, step, cutsOf(scene, stretch, lost));
    });
  }

  cuts('is started by GRUB as it is told here', async (context) => {
    const { scene, recording } = context;
    const all = steps.flatMap((step) => cutsOf(scene, stretchOf(recording, step), lost));
    const different = differentForGrub(context, all);
    assert.ok(different.length > 10, `only ${different.length} different cuts`);
    await grubChoosesAsTold(context, different, cycles);
    console.log(
      `GRUB: ${different.length} of ${different.length} different cuts, ${cycles} power cycles after each`,
    );
  });

  cuts(`comes up and tells the truth: ${boots}`, async (context) => {
    const { scene, recording } = context;
    const upgrade = betweenEntries(stretchOf(recording, 'upgrade'));
    const some =
      boots === 'every entry'
        ? differentForAll(context, betweenEntries({ from: 0, to: scene.log.entries.length }))
        : differentForGrub(context, upgrade);
    await bootsWhole(context, some);
    console.log(`whole boots: ${some.length} of ${some.length}`);
  });

  for (const [step, found] of LOST_BY_A_LIE) {
    cuts(`would not be right if its disk lied about flushes: ${step}`, async ({ scene, recording }) => {
      const liar = lying(scene);
      const some = lostCaches(liar.log.entries, stretchOf(recording, step), { most: 12, seed: 1 });
      const { faults } = await judgeAll(liar, some);
      assert.ok(
        faults.some(({ what }) => found.test(what)),
        `${faults.length} faults`,
      );
    });
  }

  cuts.run();
}
