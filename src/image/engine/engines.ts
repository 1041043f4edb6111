// SPDX-License-Identifier: MIT
import type { Engine } from './engine.ts';

/** Every engine by its name in `--engine`; loaded when chosen. */
export const engines = {
  debian: async (): Promise<Engine> => (await import('./debian/engine.ts')).debianEngine,
} as const;

export type EngineName = keyof typeof engines;

export const engineNames = Object.keys(engines) as EngineName[];
