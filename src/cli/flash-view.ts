// SPDX-License-Identifier: MIT
/** The progress of `plait flash`: redrawn on a terminal, or as lines of JSON. */
import { createLogUpdate } from 'log-update';
import type { CardProgress } from '../flash/card.ts';
import { CardMeter, type CardView, type CardWork, expectedBytes } from '../flash/progress.ts';
import { totalLength } from '../flash/sectors.ts';
import type { SourceImage } from '../flash/source-image.ts';
import type { Target } from '../flash/target.ts';
import { duration } from '../image/progress/format.ts';

export interface FlashView {
  readonly progress: (target: Target, progress: CardProgress) => void;
  /** Nothing more is told of it. */
  readonly finished: (target: Target) => void;
  readonly end: () => void;
}

/** Milliseconds between two lines of JSON of a card, or two pictures of the terminal. */
export const INTERVAL = 250;

export interface ViewOptions extends Pick<CardWork, 'capacity' | 'passes' | 'verifyOnly'> {
  readonly json: boolean;
}

export function flashView(targets: readonly Target[], image: SourceImage, options: ViewOptions): FlashView {
  if (options.json) return ticking(targets, image, options, jsonPicture());
  if (process.stderr.isTTY) return ticking(targets, image, options, livePicture());
  return { progress() {}, finished() {}, end() {} };
}

/** What is shown at each tick, of the cards that are under way. */
interface Picture {
  readonly show: (views: ReadonlyMap<string, CardView>) => void;
  readonly end: () => void;
}

/** A tick comes also when a card takes a second for each block. */
export function ticking(
  targets: readonly Target[],
  image: SourceImage,
  options: Omit<ViewOptions, 'json'>,
  picture: Picture,
): FlashView {
  const { capacity, passes, verifyOnly } = options;
  const work = { imageBytes: totalLength(image.parts), imageSize: image.size, capacity, passes, verifyOnly };
  const meters = new Map<string, CardMeter>();
  const views = new Map<string, CardView>();
  const begin = performance.now();
  for (const { path, size } of targets)
    meters.set(path, new CardMeter(expectedBytes({ ...work, deviceSize: size }), begin));
  const timer = setInterval(() => picture.show(views), INTERVAL);
  return {
    progress({ path }, progress) {
      const view = meters.get(path)?.on(progress, performance.now());
      if (view) views.set(path, view);
    },
    finished({ path }) {
      views.delete(path);
    },
    end() {
      clearInterval(timer);
      picture.end();
    },
  };
}

function jsonPicture(): Picture {
  return {
    show(views) {
      for (const [device, { step, share, rate, left }] of views)
        console.log(
          JSON.stringify({
            ...{ event: 'flash-progress', device, step, share, bytesPerSecond: Math.round(rate) },
            ...(left === undefined ? {} : { secondsLeft: Math.round(left) }),
          }),
        );
    },
    end() {},
  };
}

function livePicture(): Picture {
  const live = createLogUpdate(process.stderr);
  return {
    show: (views) => live([...views].map(viewLine).join('\n')),
    end() {
      live.clear();
      live.done();
    },
  };
}

function viewLine([path, { step, share, rate, left }]: [string, CardView]): string {
  const about = left === undefined ? '' : `, about ${duration(left)} left`;
  return `  ${path}: ${step}, ${Math.floor(share * 100)} %, ${(rate / 1e6).toFixed(1)} MB/s${about}`;
}
