// SPDX-License-Identifier: MIT
import type { BuildrootOptions } from './buildroot/engine.ts';
import type { Engine } from './engine.ts';

/** Every engine by its name in `--engine`; loaded when chosen. The options are for the engine that they name. */
export const engines = {
  buildroot: async (options: BuildrootOptions): Promise<Engine> =>
    (await import('./buildroot/engine.ts')).buildrootEngine(options),
  debian: async (_options: BuildrootOptions): Promise<Engine> =>
    (await import('./debian/engine.ts')).debianEngine,
} as const;

export type EngineName = keyof typeof engines;

/** What builds the parts when nobody says: needs nothing but a Debian mirror, whatever sites answer today. */
export const defaultEngine: EngineName = 'debian';

export const engineNames = Object.keys(engines) as EngineName[];
