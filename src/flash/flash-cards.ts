// SPDX-License-Identifier: MIT
/** Several cards at once, each at its own speed: one that fails stops only itself. */
import { Interrupted } from '../image/errors.ts';
import { type CardOptions, type CardProgress, type CardResult, flashCard, verifyCard } from './card.ts';
import type { IdentityOrder } from './identity.ts';
import type { SourceImage } from './source-image.ts';
import { openForVerifying, openTarget, rereadTable, type Target } from './target.ts';

export interface FlashOptions {
  readonly image: SourceImage;
  readonly capacity: CardOptions['capacity'];
  readonly passes: number;
  /** For one card. */
  readonly identity?: IdentityOrder;
  readonly verifyOnly: boolean;
  /** One after the other, for readers that bear no more. */
  readonly oneByOne: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (target: Target, progress: CardProgress) => void;
  readonly onResult: (outcome: CardOutcome) => void;
}

export interface CardOutcome {
  readonly target: Target;
  readonly seconds: number;
  readonly result: CardResult | { readonly state: 'failed' | 'interrupted'; readonly message: string };
}

/** What became of each card, in the order of the targets. */
export async function flashCards(targets: readonly Target[], options: FlashOptions): Promise<CardOutcome[]> {
  const run = async (target: Target) => {
    const outcome = await flashOne(target, options);
    options.onResult(outcome);
    return outcome;
  };
  if (!options.oneByOne) return Promise.all(targets.map(run));
  const outcomes: CardOutcome[] = [];
  for (const target of targets) outcomes.push(await run(target));
  return outcomes;
}

async function flashOne(target: Target, options: FlashOptions): Promise<CardOutcome> {
  const begin = performance.now();
  const outcome = (result: CardOutcome['result']): CardOutcome => ({
    ...{ target, result },
    seconds: (performance.now() - begin) / 1000,
  });
  try {
    return outcome(await brought(target, options));
  } catch (error) {
    if (error instanceof Interrupted || options.signal.aborted)
      return outcome({ state: 'interrupted', message: (error as Error).message });
    return outcome({ state: 'failed', message: (error as Error).message });
  }
}

async function brought(target: Target, options: FlashOptions): Promise<CardResult> {
  const { image, capacity, passes, identity, signal, verifyOnly, onProgress } = options;
  const device = verifyOnly ? await openForVerifying(target) : await openTarget(target, signal);
  const card = {
    ...{ image, device, passes, signal, sectorSize: target.sectorSize },
    onProgress: (progress: CardProgress) => onProgress(target, progress),
  };
  try {
    if (verifyOnly) return await verifyCard(card);
    return await flashCard({ ...card, capacity, ...(identity ? { identity } : {}) });
  } finally {
    await device.close();
    if (!verifyOnly) await rereadTable(target, AbortSignal.timeout(10_000));
  }
}
